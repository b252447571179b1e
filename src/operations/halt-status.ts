import { armWhenNew, readHalt, type HaltState } from "../ledger/halt.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";

export type HaltStatus = HaltState;

/** Whether work may go on in the workspace around `cwd`. Reads two files. */
export function haltStatus(cwd: string, env: NodeJS.ProcessEnv): HaltStatus {
  const stateDir = ensureStateDir(findWorkspace(cwd, env));
  armWhenNew(stateDir);
  return readHalt(stateDir);
}
