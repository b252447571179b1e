import { readHalt, releaseHalt } from "../ledger/halt.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun } from "./in-run.ts";
import { maskFor } from "./mask-for.ts";
import { haltNotice, leaveNotice } from "./notice.ts";
import { personName } from "./person.ts";

export interface ReleaseResult {
  released: boolean;
  /** The run that recorded it. */
  run?: string | undefined;
}

/** Lets work go on. Recorded before it takes effect; a release that cannot be recorded does not happen. */
export async function releaseWork(asked: { cwd: string; env: NodeJS.ProcessEnv; reason: string }): Promise<ReleaseResult> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  if (!readHalt(stateDir).halted) return { released: false };
  const by = personName();
  return inRun({ stateDir, mask: maskFor(stateDir, asked.env), evenHalted: true, started: outsidePolicy("halt release", by) }, async (open) => {
    await open.recorder.append("halt.released", { by, reason: asked.reason });
    releaseHalt(stateDir);
    leaveNotice(open, haltNotice(open.run, { by, reason: asked.reason, released: true }));
    return { outcome: "ok", result: { released: true, run: open.run } };
  });
}
