import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Engine } from "../runner/engine.ts";
import { requireImage } from "../runner/images.ts";
import { settleLater } from "../runner/job-engine.ts";
import type { JobFile, JobLimits } from "../runner/job.ts";
import { createNetwork, removeNetwork, type CallNetwork, type JobNetwork } from "../runner/network.ts";
import { needsOf } from "../runner/run-job.ts";
import { startSlot } from "../runner/slot.ts";
import { within } from "../runner/within.ts";
import { packageRoot } from "../workspace/package.ts";
import { EgressLog, type NetRequest, type ProxyReady } from "./egress-log.ts";
import { egressSettings, type EgressSettings } from "./egress-settings.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { scopeOf } from "./scope.ts";

export type { NetRequest } from "./egress-log.ts";

/** A host as policy knows it (lower case, IPv6 in brackets), and a port of it. */
export interface GrantedHost {
  host: string;
  port: number;
}

export interface EgressAsked {
  authority: Authority;
  env: NodeJS.ProcessEnv;
  open: OpenRun;
  /** Of the call, for the record. */
  key: string;
  /** What policy has allowed to this call; nothing else passes. */
  hosts: readonly GrantedHost[];
  /** Less than `egress.bytesMax`. */
  bytesMax?: number;
  /** Of the whole call; default 10 minutes. */
  timeoutMs?: number;
  /** Whether TLS may carry an encrypted hello (ECH) beside its open name, which counts: Chromium always sends what looks like one. */
  encryptedHello?: boolean;
}

/** One call's way out. */
export interface OpenEgress {
  network: JobNetwork;
  /** http://address:port */
  proxyUrl: string;
  /** What programs go by that ask the environment for a proxy. */
  env: Readonly<Record<string, string>>;
  /** Those that have ended so far. */
  requests(): readonly NetRequest[];
  /** Ends it once the job is over: every request is on record then. */
  close(): Promise<readonly NetRequest[]>;
}

/** A way out that is being opened: the network is there, so the job's container can start beside the proxy's. */
export interface StartedEgress {
  network: JobNetwork;
  /** Errors: `egress/closed`. */
  opened: Promise<OpenEgress>;
  close(): Promise<readonly NetRequest[]>;
}

const timeoutUsualMs = 10 * 60_000;
/** Nothing moves either way. */
const idleMs = 30_000;
/** For what the proxy still has to tell when the job is over; longer only where the engine's clock is behind. */
const lastWordsMs = 500;
/** Until the proxy listens. */
const startLimitMs = 60_000;
const forgottenAfterMs = 120_000;
const proxyLimits: Omit<JobLimits, "timeoutMs"> = { memoryMiB: 128, cpus: 1, pids: 32, outputBytes: 8 * 1024 * 1024, diskMiB: 1 };

/**
 * Makes the call's network and starts its proxy. Policy has decided about each host before. Errors: those of the engine, `runner/not-hardened`, `workspace/egress-not-committed`, `workspace/bad-config`.
 */
export async function startEgress(asked: EgressAsked): Promise<StartedEgress> {
  const { authority, env, open, timeoutMs = timeoutUsualMs } = asked;
  const settings = await egressSettings(authority.config, env);
  const engine = await openEngine(authority.config, env);
  const { id: image } = await requireImage(engine, "shell", runnerPlaces(authority.workspace.root));
  const labels = { run: open.run, scope: scopeOf(open.stateDir) };
  const deadlineMs = systemClock.nowMs() + timeoutMs + forgottenAfterMs;
  const network = await createNetwork(engine, { name: newId("agentctl-net"), ...labels, deadlineMs });
  return runProxy(engine, asked, settings, { network, image, labels, deadlineMs });
}

interface Place {
  network: CallNetwork;
  image: string;
  labels: { run: string; scope: string };
  deadlineMs: number;
}

function runProxy(engine: Engine, asked: EgressAsked, settings: EgressSettings, { network, image, labels, deadlineMs }: Place): StartedEgress {
  const { open, key, timeoutMs = timeoutUsualMs } = asked;
  const requests: NetRequest[] = [];
  let recorded: Promise<unknown> = Promise.resolve();
  const log = new EgressLog((request) => {
    requests.push(request);
    recorded = recorded.then(() => open.recorder.append("net.requested", { key, ...request }));
    recorded.catch(() => undefined);
  });
  const limits: JobLimits = { ...proxyLimits, timeoutMs: timeoutMs + startLimitMs };
  const needs = needsOf({ image, limits, ...labels, network: { name: network.name, outward: { dns: settings.dns } } }, deadlineMs);
  const stop = new AbortController();
  const slot = startSlot(engine, needs);
  const job = { ...proxyJob(asked, settings, network), limits };
  const ended = slot.run(job, { signal: AbortSignal.any([stop.signal, open.stop]), onStderr: (data) => log.hear(data) }).then(
    ({ outcome, detail }) => log.over(`the proxy ended: ${detail ?? outcome}`),
    (thrown: unknown) => {
      log.over(thrown instanceof Error ? thrown.message : "the proxy did not start");
    },
  );
  let closing: Promise<readonly NetRequest[]> | undefined;
  const end = async (): Promise<readonly NetRequest[]> => {
    await within(log.toldUntil(systemClock.nowMs()), lastWordsMs);
    stop.abort();
    await Promise.allSettled([ended, slot.discard()]);
    void settleLater(
      engine,
      removeNetwork(engine, network.name).then(() => undefined),
    ).catch(() => undefined);
    await recorded;
    return requests;
  };
  const close = (): Promise<readonly NetRequest[]> => (closing ??= end());
  const opened = within(log.ready, startLimitMs)
    .then((inTime) => (inTime ? log.ready : ({ listening: false, why: "the proxy does not answer" } satisfies ProxyReady)))
    .then(async (ready) => {
      if (ready.listening) return openedAt(ready, { name: network.name }, () => requests, close);
      await close();
      open.stop.throwIfAborted();
      throw new AgentctlError("egress/closed", `the way out did not open: ${ready.why}`, { hint: "agentctl doctor --prove" });
    });
  opened.catch(() => undefined);
  return { network: { name: network.name }, opened, close };
}

function openedAt(
  { address, port }: Extract<ProxyReady, { listening: true }>,
  network: JobNetwork,
  requests: () => readonly NetRequest[],
  close: OpenEgress["close"],
): OpenEgress {
  const proxyUrl = `http://${address}:${port}`;
  const proxied = Object.fromEntries(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => [name, proxyUrl]));
  return { network, proxyUrl, env: { ...proxied, NO_PROXY: "", no_proxy: "", NODE_USE_ENV_PROXY: "1" }, requests, close };
}

const folder = "egress";
const names = ["egress_proxy.py", "egress_relay.py", "egress_http.py", "egress_tls.py", "egress_address.py"] as const;
let sources: JobFile[] | undefined;

function proxyJob(
  { hosts, bytesMax, timeoutMs = timeoutUsualMs, encryptedHello = false }: EgressAsked,
  settings: EgressSettings,
  network: CallNetwork,
): { command: string[]; files: JobFile[]; stdin: string } {
  sources ??= names.map((name) => ({ path: `${folder}/${name}`, data: readFileSync(join(packageRoot(), "runners", name)) }));
  const config = {
    hosts: hosts.map(({ host, port }) => ({ host, port })),
    addresses: settings.addresses,
    gateway: network.gateway,
    subnet: network.subnet,
    bytesMax: Math.min(bytesMax ?? settings.bytesMax, settings.bytesMax),
    timeoutMs,
    idleMs,
    encryptedHello,
  };
  return { command: ["python3", "-I", "-B", `/work/${folder}/${names[0]}`], files: sources, stdin: `${JSON.stringify(config)}\n` };
}
