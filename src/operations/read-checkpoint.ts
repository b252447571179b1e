import { AgentctlError } from "../base/errors.ts";
import type { Repository } from "../git/repository.ts";
import { checkSignature, type SignatureState } from "../git/ssh-signature.ts";
import { checkpointNamespace, checkpointRef, readCheckpoint, type Checkpoint } from "../trace/checkpoint.ts";
import { protectedCommit } from "../workspace/authority.ts";
import type { EffectiveConfig } from "../workspace/config.ts";

export interface StoredCheckpoint {
  commit: string;
  checkpoint: Checkpoint;
  signature: SignatureState | { state: "unsigned" };
}

/** The newest checkpoint of a repository; undefined when there is none. Signers come from the protected branch. Errors: trace/bad-checkpoint. */
export async function newestCheckpoint(repository: Repository, config: EffectiveConfig): Promise<StoredCheckpoint | undefined> {
  const commit = await repository.readRef(checkpointRef);
  if (commit === undefined) return undefined;
  const [text, signature] = await Promise.all([repository.readPath(commit, "checkpoint"), repository.readPath(commit, "checkpoint.sig")]);
  if (text === undefined)
    throw new AgentctlError("trace/bad-checkpoint", `${checkpointRef} at ${commit.slice(0, 10)} holds no checkpoint`, { exit: "verification" });
  const data = Buffer.from(text).toString("utf8");
  const checkpoint = readCheckpoint(data);
  if (signature === undefined) return { commit, checkpoint, signature: { state: "unsigned" } };
  const signed = { data, signature: Buffer.from(signature).toString("utf8"), namespace: checkpointNamespace };
  return { commit, checkpoint, signature: await checkSignature(signed, await signersOf(repository, config)) };
}

async function signersOf(repository: Repository, config: EffectiveConfig): Promise<string | undefined> {
  const { commit } = await protectedCommit(repository, config);
  const signers = await repository.readPath(commit, "policies/signers");
  return signers === undefined ? undefined : Buffer.from(signers).toString("utf8");
}
