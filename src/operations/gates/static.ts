import { extname } from "node:path";
import type { Finding } from "../../base/finding.ts";
import { scanJavaScript } from "../../scan/oxlint.ts";
import { scanPython } from "../../scan/ruff.ts";
import { scannable, type ScanFile } from "../../scan/source.ts";
import { findWorkspace } from "../../workspace/find.ts";
import { shellcheck } from "../shellcheck-skill.ts";
import { answer, counted, notNeeded } from "./answer.ts";
import { byPath, changedFiles, changedTexts, newOnly } from "./changed-files.ts";
import { changedSkills } from "./changed-skills.ts";
import type { Gate, GateContext } from "./gate.ts";
import { changedTypes } from "./types.ts";

const endings = [".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".sh", ".bash"];
const interpreters: readonly [program: RegExp, ending: string][] = [
  [/\bpython[0-9.]*\b/, ".py"],
  [/\bnode\b/, ".mjs"],
  [/\b(?:ba|da|z|k)?sh\b/, ".sh"],
];

/** An analyser that did not look has passed nothing. */
const notLooked = new Set(["scan/shellcheck-not-run", "scan/not-analysed"]);

/**
 * All changed code, wherever it lies, with the analysers of our own package: ruff with bandit's rules, oxlint, shellcheck, and the types of TypeScript. Comments in
 * it silence none of them. Of Python names and syntax are checked, annotations are not; of JavaScript there are no types to check.
 */
export const staticGate: Gate = {
  name: "static",
  async judge(context) {
    const files = await changedFiles(context);
    const after = codeOf(changedTexts(files, "after"));
    const typed = await changedTypes(context, files);
    if (after.length === 0 && typed.files + typed.findings.length === 0) return { ...notNeeded("no code"), verdict: "passed" };
    const before = codeOf(changedTexts(files, "before"));
    const networked = await networkedFolders(context);
    const found = await analysed(after, context, networked);
    const errors = found.filter(({ level }) => level === "error");
    // The base is only asked where it can make a difference.
    const old = errors.length === 0 ? [] : await analysed(before, context, networked);
    const findings = [...newOnly(found, old, { after: byPath(after), before: byPath(before) }), ...typed.findings];
    const tally = Object.fromEntries(
      endings.map((ending) => [ending, after.filter(({ path }) => path.endsWith(ending)).length]).filter(([, count]) => count !== 0),
    );
    return answer(counted(after.length, "file") + " of code", findings, { files: tally, typed: typed.files });
  },
};

/** Code by its ending, or by its first line where it has none that we know. */
export function codeOf(texts: readonly ScanFile[]): ScanFile[] {
  return texts.flatMap((file) => {
    if (endings.includes(extname(file.path).toLowerCase()))
      return [{ ...file, path: file.path.slice(0, -extname(file.path).length) + extname(file.path).toLowerCase() }];
    const first = /^#!([^\n]{0,200})/.exec(file.text)?.[1];
    const ending = first === undefined ? undefined : interpreters.find(([program]) => program.test(first))?.[1];
    return ending === undefined ? [] : [{ ...file, path: `${file.path}${ending}` }];
  });
}

async function analysed(files: readonly ScanFile[], { head, signal }: GateContext, networked: (path: string) => boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const reaches of [true, false]) {
    const some = files.filter(({ path }) => networked(path) === reaches);
    findings.push(...scanPython(some, { networked: reaches }), ...(await scanJavaScript(some, { networked: reaches })));
  }
  if (scannable(files, [".sh", ".bash"], "shellcheck").files.length > 0)
    findings.push(...(await shellcheck(files, { workspace: findWorkspace(head.cwd, head.env), env: head.env })));
  signal.throwIfAborted();
  return findings.map((finding) => (notLooked.has(finding.rule) ? { ...finding, level: "error" } : finding));
}

/** Skills reach what they declare, strategies nothing; other code is not ours to confine. */
async function networkedFolders(context: GateContext): Promise<(path: string) => boolean> {
  const skills = new Map((await changedSkills(context)).map(({ name, after }) => [name, (after?.skill?.hosts.length ?? 0) > 0]));
  return (path) => {
    const [room = "", name = ""] = path.split("/");
    return room === "skills" ? skills.get(name) === true : room !== "strategies";
  };
}
