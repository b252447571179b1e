import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { isMapping } from "../../base/mapping.ts";
import { AgentctlError } from "../../base/errors.ts";
import { systemClock } from "../../base/clock.ts";
import type { JobLimits, JobResult } from "../../runner/job.ts";
import { requireImage } from "../../runner/images.ts";
import { jobsSettled } from "../../runner/job-engine.ts";
import { needsOf } from "../../runner/run-job.ts";
import { backstopMs, startSlot } from "../../runner/slot.ts";
import { packageRoot } from "../../workspace/package.ts";
import { startEgress, type NetRequest } from "../open-egress.ts";
import { openEngine } from "../open-engine.ts";
import { runnerPlaces } from "../open-runners.ts";
import { scopeOf } from "../scope.ts";
import type { PageUrl } from "./page-url.ts";
import type { ToolContext } from "./tool.ts";

/** The one way in which a tool speaks HTTP: one request of one URL, made in a container that reaches this host and port through a proxy and nothing else. */

export interface FetchLimits {
  timeoutMs: number;
  /** Of the body, both as it comes and unpacked. */
  bytesMax: number;
}

/** Instead of a plain GET. What stands in it enters the container: no key. */
export interface FetchRequest {
  method?: "GET" | "POST";
  /** Lower case. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export interface FetchedPage {
  status: number;
  /** `type/subtype`, lower case; empty when the server names none. */
  type: string;
  charset: string | undefined;
  /** Where the server sends on to; never followed. */
  location: string | undefined;
  body: Uint8Array;
  /** The body went on beyond the limit. */
  cut: boolean;
  /** That was connected to. */
  address: string;
}

const plain = { accept: "text/html, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8, */*;q=0.1", "user-agent": "agentctl" };
const jobLimits: Omit<JobLimits, "timeoutMs" | "outputBytes"> = { memoryMiB: 128, cpus: 1, pids: 16, diskMiB: 4 };
/** Beside the body: the line before it. */
const headBytes = 64 * 1024;
/** Of the way out, beyond the time of the page: the containers' start. */
const startMs = 60_000;

/**
 * Fetches a page. Policy has allowed its host and port. Neither cookies nor credentials; no redirect is followed. Errors: `fetch/refused` (the proxy says why: a
 * name that leads to a private address), `fetch/timeout` (exit timeout), `fetch/failed`, `fetch/bad-encoding`, and those of `startEgress`; when work has to
 * stop, its reason.
 */
export async function fetchPage(
  target: PageUrl,
  limits: FetchLimits,
  context: Pick<ToolContext, "open" | "authority" | "env" | "key" | "signal">,
  request: FetchRequest = {},
): Promise<FetchedPage> {
  const { open, authority, env, key } = context;
  const signal = AbortSignal.any([open.stop, context.signal]);
  signal.throwIfAborted();
  const hosts = [{ host: target.host, port: target.port }];
  const way = await startEgress({ authority, env, open, key, hosts, timeoutMs: limits.timeoutMs + startMs });
  const engine = await openEngine(authority.config, env);
  try {
    const { id: image } = await requireImage(engine, "shell", runnerPlaces(authority.workspace.root));
    const asJob: JobLimits = { ...jobLimits, timeoutMs: limits.timeoutMs, outputBytes: limits.bytesMax + headBytes };
    const deadlineMs = systemClock.nowMs() + startMs + limits.timeoutMs + backstopMs;
    const slot = startSlot(engine, needsOf({ image, limits: asJob, network: way.network, run: open.run, scope: scopeOf(open.stateDir) }, deadlineMs));
    try {
      const egress = await way.opened;
      signal.throwIfAborted();
      const result = await slot.run({ ...fetchJob(target, limits, request), env: egress.env, limits: asJob }, { signal });
      signal.throwIfAborted();
      return pageOf(target, limits, result, (await way.close()).at(-1));
    } finally {
      await slot.discard();
    }
  } finally {
    await way.close();
    await jobsSettled(engine);
  }
}

const program = "egress_fetch.py";

function fetchJob(
  { url, host, port }: PageUrl,
  { bytesMax }: FetchLimits,
  { method = "GET", headers = {}, body }: FetchRequest,
): Pick<Parameters<ReturnType<typeof startSlot>["run"]>[0], "command" | "files" | "stdin"> {
  const path = url.pathname + url.search;
  const asked = { method, scheme: url.protocol.slice(0, -1), host, port, path, headers: { ...plain, ...headers }, body: body ?? null, bytesMax };
  return {
    command: ["python3", "-I", "-B", `/work/fetch/${program}`],
    files: [
      { path: `fetch/${program}`, data: readFileSync(join(packageRoot(), "runners", program)) },
      // Those that this process trusts, with what NODE_EXTRA_CA_CERTS adds: an image may have none, or old ones.
      ...(url.protocol === "https:" ? [{ path: "fetch/ca.pem", data: getCACertificates("default").join("\n") }] : []),
    ],
    stdin: JSON.stringify(asked),
  };
}

/** What the job printed is believed for the page only; whether and where it was led on to is the proxy's word. */
function pageOf({ host }: PageUrl, { timeoutMs }: FetchLimits, job: JobResult, asked: NetRequest | undefined): FetchedPage {
  if (job.outcome === "timeout") throw new AgentctlError("fetch/timeout", `${host} did not answer whole within ${timeoutMs} ms`, { exit: "timeout" });
  if (asked !== undefined && asked.outcome === "refused") {
    const hint = "a host with public addresses; a machine of one's own is named in egress.addresses, or by its address, and policy decides about that";
    throw new AgentctlError("fetch/refused", `${host} was not fetched: ${asked.why ?? "the proxy refused it"}`, { hint });
  }
  const newline = job.stdout.indexOf(0x0a);
  const head = newline < 0 ? undefined : parsed(Buffer.from(job.stdout.subarray(0, newline)).toString("utf8"));
  const failed = (why: string): AgentctlError => new AgentctlError("fetch/failed", `${host} could not be read: ${why}`);
  if (head?.["ok"] === false) {
    const why = asked?.status === undefined && asked?.why !== undefined ? asked.why : textOf(head["why"]);
    if (head["code"] === "bad-encoding") throw new AgentctlError("fetch/bad-encoding", why);
    throw failed(why);
  }
  if (asked?.status === undefined) throw failed(asked?.why ?? "nothing was asked");
  const { status, bytes, cut, location } = head ?? {};
  if (typeof status !== "number" || typeof bytes !== "number") throw failed(`the container ended as ${job.outcome}`);
  const body = job.stdout.subarray(newline + 1, newline + 1 + bytes);
  return {
    status,
    ...typeOf(textOf(head?.["type"])),
    location: typeof location === "string" ? location : undefined,
    body,
    cut: cut === true,
    address: asked.address ?? "",
  };
}

function typeOf(contentType: string): Pick<FetchedPage, "type" | "charset"> {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([\w:.-]{1,40})"?\s*$/.exec(each)?.[1]).find((each) => each !== undefined);
  return { type: type.trim(), charset };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed() : "";
}
