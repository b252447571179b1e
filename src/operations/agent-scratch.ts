import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Agent } from "../agent/agent.ts";
import { AgentctlError } from "../base/errors.ts";
import { levelNow } from "./autonomy-level.ts";
import type { Authority } from "./load-authority.ts";
import type { OpenRun } from "./in-run.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** A person's file for an agent, as it was when it was given. */
export interface GivenFile {
  /** In scratch/input/. */
  name: string;
  /** Absolute, on the host. */
  path: string;
  sha256: string;
  bytes: number;
}

/** Looks at files that a person gives; each is read once, for its digest. Errors (exit usage): `agent/bad-file`. */
export async function givenFiles(cwd: string, paths: readonly string[]): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  for (const given of paths) {
    const path = resolve(cwd, given);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) throw new AgentctlError("agent/bad-file", `${given} is not a file`, { exit: "usage" });
    const name = basename(path);
    if (files.some((file) => file.name === name))
      throw new AgentctlError("agent/bad-file", `two files are called ${name}`, { hint: "rename one of them", exit: "usage" });
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    files.push({ name, path, sha256: hash.digest("hex"), bytes: found.size });
  }
  return files;
}

export interface AgentScratch {
  /** The run's workspace; made, or found again, at first use. */
  open(): Promise<Sandbox>;
  /** Ends it. `over`: the run has its answer, and its scratch is removed; what it made is kept by digest. */
  close(over: boolean): Promise<void>;
}

export interface ScratchAsked {
  open: OpenRun;
  authority: Authority;
  env: NodeJS.ProcessEnv;
  agent: Agent;
  root: string;
  files: readonly GivenFile[];
  /** What has to lie there, when the scratch is made anew: of a fork, or of a run whose volume is gone. */
  restore: readonly ScratchChange[];
}

/** The scratch of a run. A run that touches no file starts no container for it. */
export function agentScratch({ open, authority, env, agent, root, files, restore }: ScratchAsked): AgentScratch {
  const { stateDir, stop: signal } = open;
  let opened: Promise<Sandbox> | undefined;
  return {
    open() {
      opened ??= import("./open-sandbox.ts").then(({ openSandbox }) =>
        openSandbox({ authority, env, stateDir, run: root, agent: { name: agent.name, level: levelNow(open.ledger, agent, "R") }, signal, files, restore }),
      );
      return opened;
    },
    async close(over) {
      const sandbox = await opened?.catch(() => undefined);
      await sandbox?.close();
      if (!over || sandbox === undefined) return;
      const { removeScratch } = await import("./open-sandbox.ts");
      // A volume that cannot be removed now is left to the sweep; the answer stands.
      await removeScratch({ authority, env, stateDir, run: root }).catch(() => undefined);
    },
  };
}
