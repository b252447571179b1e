import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Finding } from "../base/finding.ts";
import { agentBounds } from "./agent-schema.ts";

/** A file of an agent as it was read; `path` is relative to its folder, with `/`. */
export interface AgentFile {
  path: string;
  data: Uint8Array;
}

/** SHA-256 over the canonical JSON of the sorted [path, sha256] pairs, as of skills: names exactly these files. */
export function agentDigest(files: readonly AgentFile[]): string {
  const pairs = files.map(({ path, data }): [string, string] => [path, sha256(data)]);
  return sha256(canonicalJson(pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

/** What is wrong with their number or size; undefined when nothing is. */
export function tooLarge(folder: string, files: readonly AgentFile[]): Finding | undefined {
  const bytes = files.reduce((sum, file) => sum + file.data.byteLength, 0);
  const message =
    files.length > agentBounds.files
      ? `the agent has ${files.length} files; at most ${agentBounds.files} are read`
      : bytes > agentBounds.totalBytes
        ? `the agent has ${bytes} bytes; at most ${agentBounds.totalBytes} are read`
        : undefined;
  return message === undefined ? undefined : { rule: "agent/too-large", level: "error", message, file: folder };
}

/** One of them as text that is not empty. */
export function textOf(folder: string, path: string, files: readonly AgentFile[], bytesMax: number): { text: string } | { finding: Finding } {
  const refuse = (rule: string, message: string, hint?: string): { finding: Finding } => ({
    finding: { rule: `agent/${rule}`, level: "error", message, file: `${folder}/${path}`, hint },
  });
  const file = files.find((each) => each.path === path);
  if (file === undefined)
    return refuse("missing-file", `there is no ${folder}/${path}`, "an agent is agent.yaml and prompt.md; agentctl agent new writes both");
  if (file.data.byteLength > bytesMax) return refuse("too-large", `${path} has ${file.data.byteLength} bytes; at most ${bytesMax} are read`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file.data);
    return text.trim() === "" ? refuse("empty-file", `${path} is empty`) : { text };
  } catch {
    return refuse("not-text", `${path} is not UTF-8 text`);
  }
}
