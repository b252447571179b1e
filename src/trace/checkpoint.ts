import { createHash } from "node:crypto";
import { AgentctlError } from "../base/errors.ts";

/** What a checkpoint says of a run: it has a record `seq` with this hash. */
export interface Anchor {
  run: string;
  seq: number;
  hash: string;
}

export interface Checkpoint {
  /** The repository: its first commit. */
  origin: string;
  /** RFC 3339 in UTC; the maker's word. */
  time: string;
  runs: Anchor[];
}

const title = "agentctl-checkpoint-v1";
/** A signature for another purpose does not verify under this namespace. */
export const checkpointNamespace = title;
export const checkpointRef = "refs/agentctl/audit";

/**
 * The text that is signed: title, origin, time, size, root, an empty line, then one line `run seq hash` a run, sorted by run; each line
 * ends with a line feed. Root is the Merkle tree hash of those lines as in RFC 9162: leaf SHA-256(0x00 line), node SHA-256(0x01 left right).
 */
export function writeCheckpoint({ origin, time, runs }: Checkpoint): string {
  const lines = runs.toSorted((a, b) => (a.run < b.run ? -1 : 1)).map(({ run, seq, hash }) => `${run} ${seq} ${hash}`);
  const head = [title, `origin ${origin}`, `time ${time}`, `size ${lines.length}`, `root ${merkleRoot(lines)}`, ""];
  return [...head, ...lines, ""].join("\n");
}

/** Reads what `writeCheckpoint` wrote, and nothing else. Errors: trace/bad-checkpoint. */
export function readCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  const [origin, time] = [/^origin ([0-9a-f]{40,64})$/.exec(lines[1] ?? "")?.[1], /^time (\S+)$/.exec(lines[2] ?? "")?.[1]];
  const runs = lines.slice(6, -1).flatMap((line): Anchor[] => {
    const [, run, seq, hash] = /^([a-z0-9][a-z0-9-]{0,63}) (\d{1,15}) ([0-9a-f]{64})$/.exec(line) ?? [];
    return run === undefined || seq === undefined || hash === undefined ? [] : [{ run, seq: Number(seq), hash }];
  });
  const checkpoint = { origin: origin ?? "", time: time ?? "", runs };
  if (origin !== undefined && time !== undefined && writeCheckpoint(checkpoint) === text) return checkpoint;
  throw new AgentctlError("trace/bad-checkpoint", `the checkpoint in ${checkpointRef} is not one that agentctl wrote`, { exit: "verification" });
}

/** Root of the tree over these lines (RFC 9162), as 64 hex digits. */
export function merkleRoot(lines: readonly string[]): string {
  return treeHash(lines.map((line) => hash(Buffer.of(0), Buffer.from(line)))).toString("hex");
}

/** The left part is the largest power of two that is smaller than the whole. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return hash();
  if (leaves.length === 1) return first;
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return hash(Buffer.of(1), treeHash(leaves.slice(0, left)), treeHash(leaves.slice(left)));
}

function hash(...parts: readonly Buffer[]): Buffer {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
}
