import { sha256 } from "../base/digest.ts";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { decide } from "../policy/decide.ts";
import type { KernelReply } from "../runner/kernel.ts";
import { blobPath } from "../trace/blobs.ts";
import { otherLane, untrustedFile } from "./claim-lane.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import type { CellAnswer, CellAsked, RunSidecar } from "./run-sidecar.ts";
import { requireSidecar } from "./sidecar-settings.ts";
import { bounded } from "./tools/foreign-text.ts";
import { pythonReply } from "./tools/python.ts";
import type { ToolResult } from "./tools/tool.ts";
import { withinBudget } from "./within-budget.ts";

/** What a person's cell came to; everything in it is masked. */
export interface SidecarCell {
  run: string;
  /** Of the cell within the run. */
  key: string;
  outcome: KernelReply["outcome"];
  stdout: string;
  stderr: string;
  result?: string;
  error?: { name: string; value: string; traceback: string };
  displays: { mime: string; data: string }[];
  /** Pictures; `file` is where their bytes are kept. */
  artifacts: { path: string; sha256: string; bytes: number; file: string }[];
  /** What to know first, such as that variables are gone. */
  notices: string[];
  truncated: boolean;
  durationMs: number;
}

export interface CellsPlace {
  open: OpenRun;
  cwd: string;
  env: NodeJS.ProcessEnv;
  sidecar: RunSidecar;
}

/** Asks today's policies whether this person may call the tool python; on record before anything runs. Error: `policy/denied` (exit denied or waiting). */
export async function decidePython({ set, commit }: Pick<Authority, "set" | "commit">, open: OpenRun, args?: object): Promise<string> {
  const actor = { kind: "person" as const, name: personName() };
  const request = open.mask({ action: "tool.call" as const, class: "W" as const, actor, tool: "python", ...(args && { args: { ...args } }) });
  const decision = decide(request, set, { id: newId("d"), commit });
  await open.recorder.append("decision.made", decision as DecisionMade);
  if (decision.effect === "allow") return decision.id;
  throw new AgentctlError("policy/denied", `policy does not let the sidecar be used: ${decision.reason}`, {
    hint: `agentctl policy explain ${decision.id}`,
    exit: decision.effect === "deny" ? "denied" : "waiting",
  });
}

interface CellWanted {
  code: string;
  timeoutMs?: number;
  reset?: boolean;
}

/**
 * A person's cells, each one decided, borne and recorded as the call of a tool is: the intent before, the receipt after.
 * Errors: `sidecar/off`, `sidecar/other-lane`, `policy/denied`, `sidecar/budget`, and those of the kernel's start.
 */
export function sidecarCells(place: CellsPlace): (asked: CellWanted, signal: AbortSignal) => Promise<SidecarCell> {
  const { open, cwd, env } = place;
  let cells = 0;
  return async ({ code, timeoutMs, reset = false }, signal) => {
    requireGoing(open);
    const authority = await loadAuthority(cwd, env);
    await requireSidecar(authority.config, env);
    const foreign = untrustedFile(open.ledger, { name: "of this code", sha256: sha256(code) });
    if (foreign !== undefined) throw otherLane(foreign);
    const decision = await decidePython(authority, open, { code: code.slice(0, 400) });
    const key = `e${(cells += 1)}`;
    const call = { key, subtask: "sidecar", tool: "python", class: "W" as const, repeatable: false, decisions: [decision] };
    await open.recorder.append("tool.asked", { ...call, args: { code: code.toWellFormed(), ...(reset && { reset }) } });
    const most = authority.config.values.sidecar.timeoutMs;
    try {
      return await execute(place, authority, { code, timeoutMs: Math.min(most, timeoutMs ?? most), reset, key }, signal);
    } catch (thrown) {
      await finish(open, key, { outcome: "failed", text: messageOf(thrown) }, 0);
      throw thrown;
    }
  };
}

async function execute({ open, sidecar }: CellsPlace, { set }: Authority, cell: CellAsked, signal: AbortSignal): Promise<SidecarCell> {
  let durationMs = 0;
  const work = async (): Promise<CellAnswer> => {
    const startedMs = systemClock.monotonicMs();
    return sidecar.execute(cell, signal).finally(() => (durationMs = Math.round(systemClock.monotonicMs() - startedMs)));
  };
  const borne = await withinBudget({ open, budgets: set.budgets, amounts: { wallMs: cell.timeoutMs } }, work, () => ({ wallMs: durationMs }));
  if (!borne.granted) throw new AgentctlError("sidecar/budget", `a budget does not bear it: ${borne.reason}`, { exit: "budget" });
  const answer = borne.value;
  await finish(open, cell.key, pythonReply(answer), durationMs);
  const { outcome, stdout, stderr, result, error, displays, truncated } = answer.reply;
  return open.mask({
    run: open.run,
    key: cell.key,
    outcome,
    stdout,
    stderr,
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
    displays: displays.filter(({ mime }) => mime !== "image/png"),
    artifacts: answer.artifacts.map((artifact) => ({ ...artifact, file: blobPath(open.stateDir, artifact.sha256) })),
    notices: answer.notices,
    truncated,
    durationMs: Math.round(answer.reply.durationMs),
  });
}

async function finish(open: OpenRun, key: string, { outcome, text, data, artifacts = [] }: ToolResult, durationMs: number): Promise<void> {
  const kept = artifacts.map(({ path, sha256: digest, bytes }) => ({ path, sha256: digest, bytes }));
  const told = bounded(open.mask(text.toWellFormed()));
  const more = { ...(data !== undefined && { data }), ...(kept.length > 0 && { artifacts: kept }) };
  await open.recorder.append("tool.finished", { key, tool: "python", outcome, text: told, ...more, durationMs });
}
