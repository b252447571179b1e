import { armWhenNew } from "../../src/ledger/halt.ts";
import { loadAuthority, type Authority } from "../../src/operations/load-authority.ts";
import { openSandbox, type SandboxAsked } from "../../src/operations/open-sandbox.ts";
import type { Sandbox } from "../../src/operations/sandbox.ts";
import { scopeOf } from "../../src/operations/scope.ts";
import { connectEngine } from "../../src/runner/engine.ts";
import { ownVolumes } from "../../src/runner/sweep-volumes.ts";
import { removeByName } from "../../src/runner/volume.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { shipped } from "./skills.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

/** A committed workspace with the shipped policies, and what opens sandboxes in it. */
export interface SandboxWorkspace extends TestWorkspace {
  authority: Authority;
  stateDir: string;
  open(run: string, more?: Partial<SandboxAsked>): Promise<Sandbox>;
  /** Closes every sandbox and removes the volumes. */
  clean(): Promise<void>;
}

export const never = new AbortController().signal;

export async function sandboxWorkspace(files: Record<string, string | Uint8Array> = {}, config = "profile: small\n"): Promise<SandboxWorkspace> {
  const made = workspace({ "agentctl.yaml": config, ...shipped("policies"), ...files });
  const authority = await loadAuthority(made.dir, {});
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const opened: Sandbox[] = [];
  return {
    ...made,
    authority,
    stateDir,
    async open(run, more = {}) {
      const agent = { name: "file-ops", level: 3 };
      const sandbox = await openSandbox({ authority: await loadAuthority(made.dir, {}), env: process.env, stateDir, run, agent, signal: never, ...more });
      opened.push(sandbox);
      return sandbox;
    },
    async clean() {
      await Promise.all(opened.map((sandbox) => sandbox.close()));
      const engine = await connectEngine();
      for (const { Name } of await ownVolumes(engine, scopeOf(stateDir))) await removeByName(engine.docker, Name);
    },
  };
}
