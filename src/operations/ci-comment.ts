import { reportMarkdown } from "../base/finding-formats.ts";
import { isMapping } from "../base/mapping.ts";
import type { Report } from "../base/report.ts";
import { AgentctlError } from "../base/errors.ts";
import { openForge, type Forge } from "../forge/github.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { ciPlace } from "./ci-place.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { forgeAccess, type ForgeAsked } from "./forge-access.ts";

export interface CiCommentAsked extends ForgeAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Number of the pull request. */
  pull: number;
  /** What `ci check --json` printed; it may come out of a job that ran somebody's code. */
  report: string;
}

export interface CiCommented extends Omit<DecidedRun<never>, "value"> {
  state?: "written" | "updated" | undefined;
}

const mark = "<!-- agentctl:check -->";
const charactersMax = 60_000;

/** Keeps one comment on a pull request up to date. Errors: `ci/bad-report` (usage), those of `forgeAccess` and `openForge`. */
export async function ciComment({ cwd, env: given, pull, report: text, ...where }: CiCommentAsked): Promise<CiCommented> {
  const { authority, env } = await ciPlace({ cwd, env: given });
  const body = commentBody(readReport(text));
  const { place, token, request } = await forgeAccess(authority, env, where);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { value, ...ended } = await decidedAction(
    { authority, stateDir },
    { command: `ci comment ${pull}`, request, amounts: { wallMs: 120_000 }, env },
    async (open) => ({ outcome: "ok", value: await keepOne(await openForge(place, { token, bounds: { signal: open.stop } }), { pull, body, env }) }),
  );
  return { ...ended, state: value };
}

async function keepOne(forge: Forge, { pull, body, env }: { pull: number; body: string; env: NodeJS.ProcessEnv }): Promise<"written" | "updated"> {
  // Anybody can write our mark; in Actions the comment has one author.
  const author = env["GITHUB_ACTIONS"] === "true" ? "github-actions[bot]" : undefined;
  const known = (await forge.comments(pull)).find((comment) => comment.body.startsWith(mark) && (author === undefined || comment.author === author));
  if (known === undefined) {
    await forge.writeComment(pull, body);
    return "written";
  }
  await forge.changeComment(known.id, body);
  return "updated";
}

/** What stands in the comment: the report, with everything that others wrote as code. */
export function commentBody(report: Report): string {
  const lines = reportMarkdown(report).split("\n");
  const kept: string[] = [];
  let left = charactersMax;
  for (const line of lines) {
    if ((left -= line.length + 1) < 0) return [mark, ...kept, "", "The rest is in the summary of the job."].join("\n");
    kept.push(line);
  }
  return [mark, ...kept].join("\n");
}

/** Of `ci check --json`, read as somebody's words: names of tools and levels are ours, whatever stands there. */
export function readReport(text: string): Report {
  const value = text.length > 8 * 1024 * 1024 ? undefined : parsed(text);
  const report = isMapping(value) && isMapping(value["report"]) ? value["report"] : value;
  const checks = isMapping(report) ? report["checks"] : undefined;
  if (!Array.isArray(checks) || checks.length > 10_000) throw new AgentctlError("ci/bad-report", "this is no report of `ci check --json`", { exit: "usage" });
  return { tool: "agentctl ci check", version: "", checks: checks.map(readCheck) };
}

function readCheck(value: unknown): Report["checks"][number] {
  const findings = isMapping(value) && Array.isArray(value["findings"]) ? (value["findings"] as unknown[]) : undefined;
  if (!isMapping(value) || findings === undefined) throw new AgentctlError("ci/bad-report", "a check of this report cannot be read", { exit: "usage" });
  return {
    name: String(value["name"]),
    findings: findings.map((finding) => {
      if (!isMapping(finding)) throw new AgentctlError("ci/bad-report", "a finding of this report cannot be read", { exit: "usage" });
      const { rule, level, message, file, line } = finding;
      // A level that is none counts as an error.
      const known = (["warning", "note"] as const).find((each) => each === level) ?? "error";
      return {
        rule: String(rule),
        level: known,
        message: String(message),
        ...(typeof file === "string" && { file }),
        ...(Number.isSafeInteger(line) && { line: Number(line) }),
      };
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
