import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobFile, JobResult } from "../runner/job.ts";
import { isMapping } from "../base/mapping.ts";
import { packageRoot } from "../workspace/package.ts";

/** What `runners/tools_main.py` is asked; `op` and what belongs to it. */
export interface ToolRequest {
  op: "read" | "list" | "search" | "write" | "report" | "watch" | "data" | "document";
  [name: string]: unknown;
}

/** What it said: its answer, or why it could not. */
export type ToolAnswer = { ok: true; value: Record<string, unknown> } | { ok: false; outcome: "refused" | "failed" | "timeout"; why: string };

const folder = "agent_tools";
const names = ["tools_main.py", "tools_jail.py", "tools_files.py", "tools_search.py", "tools_report.py", "tools_data_view.mjs"] as const;
let sources: JobFile[] | undefined;

/** The command and files of a job that does this; `more` lie beside the program. They are sent with each job, not built into images: they are of this agentctl's version. */
export function toolJob(request: ToolRequest, more: readonly JobFile[] = []): { command: string[]; files: JobFile[]; stdin: string } {
  sources ??= names.map((name) => ({ path: `${folder}/${name}`, data: readFileSync(join(packageRoot(), "runners", name)) }));
  const beside = more.map((file) => ({ ...file, path: `${folder}/${file.path}` }));
  return { command: ["python3", "-I", "-B", `/work/${folder}/tools_main.py`], files: [...sources, ...beside], stdin: JSON.stringify(request) };
}

/** Reads what such a job printed; contents and names in it are the agent's, or a hostile program's. */
export function readAnswer(job: Pick<JobResult, "outcome" | "stdout" | "stderr" | "detail">): ToolAnswer {
  if (job.outcome === "timeout") return { ok: false, outcome: "timeout", why: "it took too long and was stopped" };
  if (job.outcome === "oom") return { ok: false, outcome: "failed", why: "it needed more memory than it may have" };
  const value = parsed(job.stdout);
  if (value?.["ok"] === true) return { ok: true, value };
  if (value?.["ok"] === false && typeof value["why"] === "string") return { ok: false, outcome: "refused", why: value["why"].toWellFormed() };
  const said = Buffer.from(job.stderr.subarray(-4000)).toString("utf8").trim().split("\n").at(-1) ?? "";
  return {
    ok: false,
    outcome: "failed",
    why: `it ended as ${job.outcome}${[job.detail, said].map((text) => (text ? `: ${text.slice(0, 300)}` : "")).join("")}`,
  };
}

function parsed(stdout: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(stdout).toString("utf8"));
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
