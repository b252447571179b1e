import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 as digestOf } from "../base/digest.ts";
import type { EventRecord } from "../event/events.ts";
import { blobPath } from "../trace/blobs.ts";
import { findWorkspace } from "../workspace/find.ts";
import { runPage } from "./run-page.ts";
import { runPageFacts } from "./run-page-facts.ts";
import { pageTexts } from "./run-page-texts.ts";
import { showRun, type RunReport } from "./show-run.ts";
import { mayWritePage, writePage } from "./write-page.ts";

export interface RunPageAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The run, or a beginning of its id. */
  run: string;
  /** Default: <run>.html in the working directory. */
  out?: string | undefined;
  force?: boolean | undefined;
}

/** Writes the page of a run. Errors: those of `showRun`, and (exit usage) `run/report-exists`, `run/unwritable`. */
export async function writeRunPage({ cwd, env, run, out, force }: RunPageAsked): Promise<RunReport & { page: { path: string; bytes: number } }> {
  const records: EventRecord[] = [];
  const report = await showRun({ cwd, env, run, onRecord: (record) => records.push(record) });
  const path = resolve(cwd, out ?? `${report.run}.html`);
  mayWritePage(path, force === true, "run");
  const { stateDir } = findWorkspace(cwd, env);
  const facts = runPageFacts(stateDir, report, records, pageTexts(stateDir), (digest, bytesMax) => keptBytes(stateDir, digest, bytesMax));
  const text = runPage(facts);
  writePage(path, text, "run");
  return { ...report, page: { path, bytes: Buffer.byteLength(text) } };
}

function keptBytes(stateDir: string, digest: string, bytesMax: number): Uint8Array | undefined {
  const path = blobPath(stateDir, digest);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size > bytesMax) return undefined;
  const bytes = readFileSync(path);
  return digestOf(bytes) === digest ? bytes : undefined;
}
