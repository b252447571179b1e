import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { isMapping } from "../../base/mapping.ts";
import { requireImage } from "../../runner/images.ts";
import { jobsSettled } from "../../runner/job-engine.ts";
import type { JobFile, JobLimits, JobResult } from "../../runner/job.ts";
import { needsOf } from "../../runner/run-job.ts";
import { backstopMs, startSlot } from "../../runner/slot.ts";
import { writeBlob } from "../../trace/blobs.ts";
import { packageRoot } from "../../workspace/package.ts";
import { requireGoing } from "../in-run.ts";
import { startEgress, type GrantedHost, type NetRequest } from "../open-egress.ts";
import { openEngine } from "../open-engine.ts";
import { runnerPlaces } from "../open-runners.ts";
import { scopeOf } from "../scope.ts";
import type { ToolContext } from "./tool.ts";

export interface PageVisit {
  url: string;
  hosts: readonly GrantedHost[];
  waitMs: number;
}

export interface VisitedPage {
  job: Pick<JobResult, "outcome" | "detail" | "durationMs">;
  /** What the driver said, if it can be read; of unknown origin. */
  said: Record<string, unknown> | undefined;
  requests: readonly NetRequest[];
  /** Kept by digest. */
  picture: { path: string; sha256: string; bytes: number } | undefined;
}

/** Of the page; starting, drawing and ending come on top. */
const seconds = 20;
const limits: JobLimits = { timeoutMs: 70_000, memoryMiB: 1024, cpus: 2, pids: 256, outputBytes: 2 * 1024 * 1024, diskMiB: 128 };
const most = { text: 100_000, links: 60, pictureBytes: 4 * 1024 * 1024 };
const forgottenAfterMs = 120_000;
const folder = "browser";
const names = ["browser_driver.py", "browser_pipe.py"] as const;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Shows a page in a container of its own, whose only way out is a proxy for these hosts. How it went is a value. Errors: those of the engine and of
 * `startEgress`; `runner/no-image`.
 */
export async function visitPage({ url, hosts, waitMs }: PageVisit, { authority, env, open, key, signal }: ToolContext): Promise<VisitedPage> {
  const engine = await openEngine(authority.config, env);
  const [{ id: image }, files] = await Promise.all([requireImage(engine, "browser", runnerPlaces(authority.workspace.root)), programFiles()]);
  requireGoing(open);
  const egress = await startEgress({ authority, env, open, key, hosts, timeoutMs: limits.timeoutMs, encryptedHello: true });
  const needs = { image, limits, run: open.run, scope: scopeOf(open.stateDir), network: egress.network };
  // The browser's container starts while the proxy's does.
  const slot = startSlot(engine, needsOf(needs, systemClock.nowMs() + limits.timeoutMs + backstopMs + forgottenAfterMs));
  try {
    const { proxyUrl } = await egress.opened;
    const asked = { url, proxy: proxyUrl, waitMs, seconds, textMax: most.text, linksMax: most.links };
    const command = ["python3", "-I", "-B", `/work/${folder}/${names[0]}`];
    const job = await slot.run({ command, files, stdin: `${JSON.stringify(asked)}\n`, limits }, { signal: AbortSignal.any([signal, open.stop]) });
    const requests = await egress.close();
    signal.throwIfAborted();
    return { job, said: parsed(job.stdout), requests, picture: kept(job, open.stateDir) };
  } finally {
    await Promise.allSettled([egress.close(), slot.discard()]);
    await jobsSettled(engine);
  }
}

async function programFiles(): Promise<JobFile[]> {
  return Promise.all(names.map(async (name) => ({ path: `${folder}/${name}`, data: await readFile(join(packageRoot(), "runners", name)) })));
}

/** Only what begins as a PNG is kept as one: people and pages will show it. */
function kept({ artifacts }: JobResult, stateDir: string): VisitedPage["picture"] {
  const data = artifacts.find(({ path }) => path === "page.png")?.data;
  if (data === undefined || data.length > most.pictureBytes || !pngSignature.equals(data.subarray(0, pngSignature.length))) return undefined;
  return { path: "page.png", ...writeBlob(stateDir, data) };
}

function parsed(stdout: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(stdout).toString("utf8"));
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
