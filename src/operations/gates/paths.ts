import type { Finding } from "../../base/finding.ts";
import { requireTreePath } from "../../git/names.ts";
import type { PathChange } from "../../proposal/proposal.ts";
import { isLeftover } from "../../scan/folder.ts";
import { riskAt } from "../proposal-needs.ts";
import { proposalBounds } from "../tools/proposed-files.ts";
import { answer, counted } from "./answer.ts";
import type { Gate } from "./gate.ts";

type Note = (rule: string, path: string, message: string, level?: Finding["level"]) => void;

/**
 * Where the change lies and how large it is: its base belongs to the protected branch, names are what they look like, nothing is a link or a submodule, and all of
 * it can be read by a person. What raises what it takes is noted, so that the pull request shows it.
 */
export const paths: Gate = {
  name: "paths",
  async judge({ authority, proposal }) {
    const { repository, commit } = authority;
    const { changes, head, base } = proposal;
    const findings: Finding[] = [];
    const note: Note = (rule, path, message, level = "error") => findings.push({ rule: `gate/${rule}`, level, message, ...(path !== "" && { file: path }) });
    if (!(await repository.isAncestor(base, commit))) note("foreign-base", "", `its base ${base.slice(0, 10)} is no commit of the protected branch`);
    if (changes.length === 0) note("no-change", "", "it changes nothing");
    const entries = await repository.listTree(head);
    for (const change of changes) judgeName(change, note);
    judgeTwins(
      changes.filter(({ after }) => after !== undefined).map(({ path }) => path),
      entries.map(({ path }) => path),
      note,
    );
    const sizes = new Map(entries.map(({ path, bytes }) => [path, bytes]));
    const bytes = judgeSize(changes, sizes, note);
    const risk = await riskAt(repository, proposal);
    for (const { path, effect, reason } of risk.why) note("raised", path, `${effect}: ${reason}`, effect === "deny" ? "error" : "note");
    const what = `${counted(changes.length, "file")}, ${bytes} bytes, class ${risk.class}, takes ${risk.effect}`;
    return answer(what, findings, { files: changes.length, bytes, kinds: risk.kinds, class: risk.class, effect: risk.effect });
  },
};

function judgeName({ path, after }: PathChange, note: Note): void {
  try {
    requireTreePath(path);
  } catch {
    note("bad-path", path, "a name that no file may have");
  }
  if (path.includes("\ufffd")) note("bad-path", path, "a name that is not UTF-8");
  if (path.normalize("NFKC") !== path) note("odd-name", path, "a name that looks like another");
  // Letters of other alphabets have lookalikes; what is hidden is not seen at all.
  if (/[\p{Cf}\p{Zl}\p{Zp}]/u.test(path)) note("odd-name", path, "a name with characters that cannot be seen");
  if (path.split("/").some((part) => /\p{Script=Latin}/u.test(part) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(part)))
    note("odd-name", path, "a name that mixes alphabets");
  if (path.split("/").some((part) => /[. ]$|^-/.test(part))) note("odd-name", path, "a name that begins as an option does, or ends in a dot or a blank");
  if (path.length > 255 || path.split("/").length > 16) note("odd-name", path, "a name that is too long");
  if (after !== undefined && isLeftover(path)) note("leftover", path, "lies in what tools leave behind, which nobody looks at");
  if (after?.mode === "120000") note("link", path, "a link: what is behind it is not what was looked at");
  if (after?.mode === "160000") note("submodule", path, "a submodule: what is in it is not in this repository");
}

/** On a file system that knows no case, one of two would be the other. */
function judgeTwins(changed: readonly string[], all: readonly string[], note: Note): void {
  const folded = new Map<string, string[]>();
  for (const path of all) {
    const key = path.normalize("NFKC").toLowerCase();
    folded.set(key, [...(folded.get(key) ?? []), path]);
  }
  for (const path of changed) {
    const twin = folded.get(path.normalize("NFKC").toLowerCase())?.find((other) => other !== path);
    if (twin !== undefined) note("twin", path, `differs from ${twin} by case alone`);
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/");
      const other = all.find((each) => each.toLowerCase().startsWith(`${folder.toLowerCase()}/`) && !each.startsWith(`${folder}/`));
      if (other !== undefined) note("twin", path, `lies in a folder that differs from that of ${other} by case alone`);
    }
  }
}

function judgeSize(changes: readonly PathChange[], sizes: ReadonlyMap<string, number>, note: Note): number {
  let bytes = 0;
  if (changes.length > proposalBounds.files) note("too-large", "", `it changes ${changes.length} files; at most ${proposalBounds.files}`);
  for (const { path, after } of changes) {
    const size = after === undefined ? 0 : (sizes.get(path) ?? 0);
    if (size > proposalBounds.fileBytes) note("too-large", path, `the file has ${size} bytes; at most ${proposalBounds.fileBytes}`);
    bytes += size;
  }
  if (bytes > proposalBounds.bytes) note("too-large", "", `all files together have ${bytes} bytes; at most ${proposalBounds.bytes}`);
  return bytes;
}
