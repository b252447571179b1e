import { AgentctlError } from "../../base/errors.ts";
import type { Finding } from "../../base/finding.ts";
import type { ScanFile } from "../../scan/source.ts";
import { fileKind } from "../../skill/file-kind.ts";
import { proposalBounds } from "../tools/proposed-files.ts";
import type { GateContext } from "./gate.ts";

/** A changed path with its bytes; a side is missing where the path is added or goes, or where it is no plain file. */
export interface ChangedFile {
  path: string;
  before?: Uint8Array | undefined;
  after?: Uint8Array | undefined;
}

type Where = Pick<GateContext, "authority" | "proposal">;

/**
 * What a proposal changes, read from the repository. Error `gate/too-large` where the gate `paths` refuses it for its size: nothing of it is read then.
 */
export async function changedFiles({ authority: { repository }, proposal }: Where): Promise<ChangedFile[]> {
  const { changes, head } = proposal;
  const added = new Set(changes.filter(({ after }) => after !== undefined).map(({ path }) => path));
  const bytes = (await repository.listTree(head)).filter(({ path }) => added.has(path)).map((entry) => entry.bytes);
  const sum = bytes.reduce((total, each) => total + each, 0);
  if (changes.length > proposalBounds.files || sum > proposalBounds.bytes || bytes.some((each) => each > proposalBounds.fileBytes))
    throw new AgentctlError("gate/too-large", "the change is too large to be looked at", { hint: "split it" });
  const sides = changes.flatMap(({ before, after }) => [before, after].filter((side) => side?.mode.startsWith("100") === true));
  const blobs = new Map<string, Uint8Array | undefined>();
  const oids = [...new Set(sides.map((side) => side?.oid ?? ""))];
  (await repository.readBlobs(oids)).forEach((data, index) => blobs.set(oids[index] ?? "", data));
  return changes.map(({ path, before, after }) => {
    const found = { before: before && blobs.get(before.oid), after: after && blobs.get(after.oid) };
    if (after?.mode.startsWith("100") === true && found.after === undefined)
      throw new AgentctlError("git/missing-object", `${path} is missing in the repository`, { hint: "git fsck" });
    return { path, ...found };
  });
}

/** One side of the files that are text. */
export function changedTexts(files: readonly ChangedFile[], side: "before" | "after"): ScanFile[] {
  return files.flatMap((file) => {
    const data = file[side];
    const found = data === undefined ? undefined : fileKind(file.path, data);
    return found?.kind === "text" ? [{ file: file.path, path: file.path, text: found.text }] : [];
  });
}

type Texts = ReadonlyMap<string, string>;

/** The texts of one side by path, for `newOnly`. */
export function byPath(texts: readonly ScanFile[]): Texts {
  return new Map(texts.map(({ file, text }) => [file, text]));
}

/**
 * Findings of a change, where what was found before too, on a line that reads the same, is a note: nobody who mends one thing has to mend another first. As many of
 * a kind as there were; one more is new.
 */
export function newOnly(after: readonly Finding[], before: readonly Finding[], texts: { after: Texts; before: Texts }): Finding[] {
  const known = new Map<string, number>();
  for (const finding of before) {
    const key = keyOf(finding, texts.before);
    known.set(key, (known.get(key) ?? 0) + 1);
  }
  return after.map((finding) => {
    const key = keyOf(finding, texts.after);
    const left = known.get(key) ?? 0;
    if (left === 0 || finding.level === "note") return finding;
    known.set(key, left - 1);
    return { ...finding, level: "note", message: `${finding.message} (it was there before)` };
  });
}

function keyOf({ rule, file = "", message, line }: Finding, texts: Texts): string {
  const text = line === undefined ? "" : (texts.get(file)?.split("\n")[line - 1]?.trim() ?? "");
  return JSON.stringify([rule, file, message, text]);
}
