import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { ownSigningKey, signData } from "../git/ssh-signature.ts";
import { checkpointNamespace, checkpointRef, writeCheckpoint } from "../trace/checkpoint.ts";
import { verifyRecord } from "../trace/verify-record.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { readAuditState } from "./audit-state.ts";
import { newestCheckpoint } from "./read-checkpoint.ts";

export interface CheckpointResult {
  commit: string;
  ref: string;
  runs: number;
  /** The key's path; undefined when the checkpoint is not signed. */
  signedWith?: string;
  /** Where it was pushed. */
  pushed?: string;
}

/**
 * Anchors the record in git: the heads of all runs, as a signed text in a commit of refs/agentctl/audit, moved by compare-and-swap.
 * Only a record that verifies, and that continues the checkpoint before, is anchored. Errors: trace/not-verified (exit verification),
 * trace/no-origin, git/ref-moved when somebody else was faster, git/not-signed, git/push-refused.
 */
export async function checkpointAudit(options: { cwd: string; env: NodeJS.ProcessEnv; key?: string; push?: string }): Promise<CheckpointResult> {
  const workspace = findWorkspace(options.cwd, options.env);
  const repository = openRepository(workspace);
  const origin = await repository.firstCommit();
  if (origin === undefined) {
    throw new AgentctlError("trace/no-origin", "the repository has no commits, so a checkpoint could not say whose it is", {
      hint: "git commit",
      exit: "usage",
    });
  }
  const previous = await newestCheckpoint(repository, loadConfig(workspace.root, options.env));
  const { heads, registered } = readAuditState(workspace.stateDir);
  const { faults } = await verifyRecord({ stateDir: workspace.stateDir, heads, registered, anchored: previous?.checkpoint.runs ?? [] });
  if (faults[0] !== undefined) {
    throw new AgentctlError(
      "trace/not-verified",
      `the record has ${faults.length} ${faults.length === 1 ? "fault" : "faults"}, the first in ${faults[0].file}: ${faults[0].message}`,
      {
        hint: "agentctl audit verify",
        exit: "verification",
        details: faults,
      },
    );
  }
  const runs = heads.map(({ run, seq, hash }) => ({ run, seq, hash }));
  const text = writeCheckpoint({ origin, time: isoTime(systemClock.nowMs()), runs });
  const signedWith = options.key ?? (await ownSigningKey());
  const signature = signedWith === undefined ? undefined : await signData(text, signedWith, checkpointNamespace);
  const files = { checkpoint: text, ...(signature !== undefined && { "checkpoint.sig": signature }) };
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, data]) => ({ path, mode: "100644" as const, oid: await repository.writeBlob(data) })),
  );
  const commit = await repository.commitTree({
    tree: await repository.writeTree(entries),
    parents: previous === undefined ? [] : [previous.commit],
    message: `checkpoint of ${runs.length} runs\n`,
    author: { name: "agentctl", email: "agentctl@localhost" },
  });
  await repository.updateRef(checkpointRef, commit, previous?.commit);
  const pushed = options.push === undefined ? undefined : await pushedTo(repository, options.push, commit);
  return { commit, ref: checkpointRef, runs: runs.length, ...(signedWith !== undefined && { signedWith }), ...(pushed !== undefined && { pushed }) };
}

/** Pushes it; what stops the push says that the checkpoint itself is made. */
async function pushedTo(repository: Repository, remote: string, commit: string): Promise<string> {
  try {
    return (await repository.push(remote, checkpointRef)).url;
  } catch (cause) {
    if (!(cause instanceof AgentctlError)) throw cause;
    const { code, hint, exit, details, message } = cause;
    throw new AgentctlError(code as `${string}/${string}`, `${message}; the checkpoint ${commit.slice(0, 10)} is made here, and is not pushed`, {
      hint,
      exit,
      details,
      cause,
    });
  }
}
