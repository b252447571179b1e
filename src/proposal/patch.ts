import { AgentctlError } from "../base/errors.ts";

/** One changed file of a patch. Lines are latin1, one character a byte, so that no byte is lost. */
export interface PatchFile {
  path: string;
  /** `added` is not there before, `removed` not after. */
  change: "added" | "changed" | "removed";
  program?: boolean | undefined;
  hunks: Hunk[];
}

interface Hunk {
  /** Line of the patch that it begins in, from 1. */
  at: number;
  oldStart: number;
  newStart: number;
  lines: { sign: " " | "-" | "+"; text: string }[];
}

const filesMax = 64;

/**
 * Reads a unified diff as `git diff` writes it, strictly: what it does not know is refused by its line, and so are renames, copies, links, submodules and binary
 * files. Words before the first file are left out, as of `git show`. Error `proposal/bad-patch` (usage).
 */
export function readPatch(data: Uint8Array): PatchFile[] {
  const lines = Buffer.from(data).toString("latin1").split("\n");
  const files: PatchFile[] = [];
  let at = lines.findIndex((line, index) => beginsFile(line, lines[index + 1]));
  if (at < 0) throw bad(1, "there is no file in it");
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line === "" || line === "-- " || /^\d+\.\d+[\w.]*$/.test(line)) {
      at += 1;
      continue;
    }
    if (!beginsFile(line, lines[at + 1])) throw bad(at + 1, "this belongs to no file");
    const read = readFile(lines, at);
    if (files.some(({ path }) => path === read.file.path)) throw bad(at + 1, `${JSON.stringify(read.file.path)} stands in it twice`);
    files.push(read.file);
    if (files.length > filesMax) throw bad(at + 1, `it changes more than ${filesMax} files`);
    at = read.next;
  }
  return files;
}

/** The bytes of a file after its part of a patch. Every line has to be where the patch says: nothing is searched for. Error `proposal/bad-patch` (usage). */
export function applyPatch({ path, change, hunks }: PatchFile, before: Uint8Array | undefined): Uint8Array | undefined {
  const here = hunks[0]?.at ?? 1;
  if (change === "added" && before !== undefined) throw bad(here, `${path} is there already`);
  if (change !== "added" && before === undefined) throw bad(here, `there is no ${path}`);
  const old = linesOf(Buffer.from(before ?? []).toString("latin1"));
  const out: string[] = [];
  let from = 0;
  for (const { at, oldStart, newStart, lines } of hunks) {
    const olds = lines.filter(({ sign }) => sign !== "+").length;
    const start = olds === 0 ? oldStart : oldStart - 1;
    if (start < from || start > old.length) throw bad(at, `${path} has no line ${oldStart} for it, or it comes before the one above`);
    out.push(...old.slice(from, start));
    from = start;
    const news = lines.filter(({ sign }) => sign !== "-").length;
    if (out.length !== (news === 0 ? newStart : newStart - 1)) throw bad(at, "its line numbers do not follow from the hunks above");
    lines.forEach(({ sign, text }, index) => {
      if (sign !== "+" && old[from++] !== text) throw bad(at + 1 + index, `line ${from} of ${path} is not what the patch expects`);
      if (sign !== "-") out.push(text);
    });
  }
  out.push(...old.slice(from));
  if (change === "removed") {
    if (out.length > 0) throw bad(here, `${path} is to go, and ${out.length} of its lines are left`);
    return undefined;
  }
  if (out.slice(0, -1).some((line) => !line.endsWith("\n"))) throw bad(here, `a line in the middle of ${path} would have no end`);
  return Buffer.from(out.join(""), "latin1");
}

function beginsFile(line: string, next: string | undefined): boolean {
  return line.startsWith("diff --git ") || (line.startsWith("--- ") && next?.startsWith("+++ ") === true);
}

function readFile(lines: readonly string[], start: number): { file: PatchFile; next: number } {
  const first = lines[start] ?? "";
  const file: PatchFile = { path: "", change: "changed", hunks: [] };
  let at = start;
  let paths: { before: string | undefined; after: string | undefined } | undefined;
  if (first.startsWith("diff --git ")) {
    const named = samePath(first.slice("diff --git ".length));
    for (at += 1; at < lines.length; at += 1) {
      const line = lines[at] ?? "";
      if (line.startsWith("--- ") || line.startsWith("@@ ") || line === "" || beginsFile(line, lines[at + 1])) break;
      readHeader(line, at + 1, file);
    }
    if (!(lines[at] ?? "").startsWith("--- ")) {
      if (named === undefined) throw bad(start + 1, "it renames a file, or its path cannot be read");
      if (file.change === "changed" && file.program === undefined) throw bad(start + 1, "nothing of the file changes");
      return { file: { ...file, path: named }, next: at };
    }
  }
  paths = { before: pathOf(lines[at] ?? "", "a/", at + 1), after: pathOf(lines[at + 1] ?? "", "b/", at + 2) };
  const path = paths.after ?? paths.before;
  if (path === undefined) throw bad(at + 1, "neither side names a file");
  if (paths.before !== undefined && paths.after !== undefined && paths.before !== paths.after)
    throw bad(at + 1, "renames are not taken: remove the one, add the other");
  file.path = path;
  file.change = paths.before === undefined ? "added" : paths.after === undefined ? "removed" : file.change;
  for (at += 2; (lines[at] ?? "").startsWith("@@ ");) {
    const read = readHunk(lines, at);
    file.hunks.push(read.hunk);
    at = read.next;
  }
  if (file.hunks.length === 0) throw bad(at, `${path} has no hunk`);
  return { file, next: at };
}

/** What git writes between `diff --git` and the first line of the file. */
function readHeader(line: string, number: number, file: PatchFile): void {
  const [, what, mode] = /^(new file mode|deleted file mode|old mode|new mode) (\d{6})$/.exec(line) ?? [];
  if (mode !== undefined) {
    if (mode !== "100644" && mode !== "100755") throw bad(number, `the mode ${mode}: only plain files and programs are taken`);
    if (what === "new file mode") file.change = "added";
    if (what === "deleted file mode") file.change = "removed";
    if (what === "new file mode" || what === "new mode") file.program = mode === "100755";
    return;
  }
  if (/^(rename|copy|similarity|dissimilarity) /.test(line))
    throw bad(number, "renames and copies are not taken: remove the one, add the other (git diff --no-renames)");
  if (/^(Binary files |GIT binary patch)/.test(line)) throw bad(number, "a binary file: give it by --files or --folder");
  const [, indexMode] = /^index [0-9a-f]+\.\.[0-9a-f]+(?: (\d{6}))?$/.exec(line) ?? [undefined, "none"];
  if (indexMode === "none" || (indexMode !== undefined && indexMode !== "100644" && indexMode !== "100755")) throw bad(number, "this line is not known");
}

function readHunk(lines: readonly string[], at: number): { hunk: Hunk; next: number } {
  const [, oldStart, oldCount = "1", newStart, newCount = "1"] = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/.exec(lines[at] ?? "") ?? [];
  if (oldStart === undefined || newStart === undefined) throw bad(at + 1, "this is no head of a hunk");
  const hunk: Hunk = { at: at + 1, oldStart: Number(oldStart), newStart: Number(newStart), lines: [] };
  let [olds, news] = [Number(oldCount), Number(newCount)];
  let next = at + 1;
  while (olds > 0 || news > 0 || (lines[next] ?? "").startsWith("\\ ")) {
    const line = lines[next];
    if (line === undefined) throw bad(next, "the hunk ends too early");
    // An editor may have cut the space of an empty line.
    const sign = line === "" ? " " : line[0];
    const last = hunk.lines.at(-1);
    if (sign === "\\") {
      if (last?.text.endsWith("\n") !== true) throw bad(next + 1, "no line is before it");
      last.text = last.text.slice(0, -1);
    } else if (sign === " " || sign === "-" || sign === "+") {
      if (sign !== "+") olds -= 1;
      if (sign !== "-") news -= 1;
      hunk.lines.push({ sign, text: `${line.slice(1)}\n` });
    } else throw bad(next + 1, "a line of a hunk begins with a space, + or -");
    if (olds < 0 || news < 0) throw bad(next + 1, "the hunk has more lines than its head says");
    next += 1;
  }
  return { hunk, next };
}

function pathOf(line: string, prefix: "a/" | "b/", number: number): string | undefined {
  const given = unquoted((line.slice(4).split("\t")[0] ?? "").trimEnd());
  if (given === "/dev/null") return undefined;
  if (!given.startsWith(prefix)) throw bad(number, `paths begin with ${prefix}, as git diff writes them`);
  return given.slice(2);
}

/** `a/x b/x`: the one path that both halves name. */
function samePath(text: string): string | undefined {
  const quoted = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(text);
  const half = (text.length - 1) / 2;
  const [before, after] = quoted === null ? [text.slice(0, half), text.slice(half + 1)] : [unquoted(quoted[1] ?? ""), unquoted(quoted[2] ?? "")];
  const plain = quoted === null ? [unquoted(before), unquoted(after)] : [before, after];
  return plain[0]?.startsWith("a/") === true && plain[1] === `b/${plain[0].slice(2)}` ? plain[0].slice(2) : undefined;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\u0007", b: "\b", f: "\f", v: "\v", '"': '"', "\\": "\\" };

/** A path as git quotes it when it is not plain; its bytes are UTF-8. */
function unquoted(text: string): string {
  const bytes = /^".*"$/.test(text)
    ? text
        .slice(1, -1)
        .replaceAll(/\\([0-7]{3}|.)/g, (whole, code: string) =>
          code.length === 3 ? String.fromCodePoint(Number.parseInt(code, 8) & 0xff) : (escapes[code] ?? whole),
        )
    : text;
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function bad(line: number, why: string): AgentctlError {
  return new AgentctlError("proposal/bad-patch", `line ${line} of the patch: ${why}`, {
    hint: "git diff --no-renames --no-ext-diff > change.patch",
    exit: "usage",
  });
}
