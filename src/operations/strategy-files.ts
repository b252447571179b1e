import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { SourceFile } from "../base/document.ts";
import { AgentctlError } from "../base/errors.ts";
import { place, type Finding } from "../base/finding.ts";
import { safeText } from "../base/safe-text.ts";
import { nearest } from "../base/suggest.ts";
import { isLeftover, readFolder } from "../scan/folder.ts";

/** All of a strategy's own files together; data has a place of its own. */
const bounds = { files: 200, totalBytes: 8 * 1024 * 1024 };

/** The names of the folders below strategies/, sorted; a link is none. */
export function strategyNames(root: string): string[] {
  const folder = join(root, "strategies");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

/** The name, when there is such a strategy. Error (exit usage): `strategy/unknown` with the nearest name. */
export function requireStrategyName(root: string, name: string): string {
  const known = strategyNames(root);
  if (known.includes(name)) return name;
  const near = nearest(name, known);
  throw new AgentctlError("strategy/unknown", `there is no strategy ${JSON.stringify(name)} in ${join(root, "strategies")}`, {
    hint: near === undefined ? "agentctl strategy" : `did you mean ${near}?  agentctl strategy show ${near}`,
    exit: "usage",
  });
}

/** Whether an outcome can depend on a file of strategies/: what people read and what tests it are no part of a strategy. */
export function decidesOutcome(path: string): boolean {
  const [, second, ...rest] = path.split("/");
  return !isLeftover(path) && !(second === "README.md" && rest.length === 0) && !(second === "tests" && rest.length > 0);
}

/**
 * The files of the working tree that an outcome depends on, paths relative to strategies/, sorted: those of the folder but README.md and tests/, and
 * `include` (files or folders of strategies/). What cannot be read is a finding.
 */
export async function readStrategyFiles(root: string, name: string, include: readonly string[] = []): Promise<{ files: SourceFile[]; findings: Finding[] }> {
  const found = await Promise.all([name, ...include].map((path) => readBelow(join(root, "strategies"), path)));
  const files = new Map(found.flatMap((each) => each.files).map((file) => [file.path, file]));
  return {
    files: [...files.values()].filter(({ path }) => decidesOutcome(path)).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    findings: found.flatMap((each) => each.findings),
  };
}

async function readBelow(strategies: string, path: string): Promise<{ files: SourceFile[]; findings: Finding[] }> {
  const bad = (message: string): { files: []; findings: Finding[] } => ({
    files: [],
    findings: [{ rule: "strategy/include", level: "error", message, file: `strategies/${path}` }],
  });
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return bad(`${path} is no path below strategies/`);
  // A folder that is reached through a link lies elsewhere, and no digest would cover where.
  const kinds = parts.map((_, index) => lstatSync(join(strategies, ...parts.slice(0, index + 1)), { throwIfNoEntry: false }));
  const last = kinds.at(-1);
  if (last === undefined) return bad(`there is no strategies/${path}`);
  if (kinds.slice(0, -1).some((kind) => kind?.isDirectory() !== true)) return bad(`strategies/${path} is reached through something that is no folder`);
  if (!last.isDirectory() && !last.isFile()) return bad(`strategies/${path} is neither a plain file nor a folder`);
  const folder = last.isDirectory() ? path : parts.slice(0, -1).join("/");
  const { files, findings } = await readFolder(join(strategies, folder), `strategies/${folder}`, bounds);
  const wanted = last.isDirectory() ? files : files.filter((file) => file.path === parts.at(-1));
  const read = wanted.map((file) => textOf(`${folder === "" ? "" : `${folder}/`}${file.path}`, file.data));
  return {
    files: read.flatMap((each) => ("text" in each ? [each] : [])),
    findings: [...(last.isDirectory() ? findings : []), ...read.flatMap((each) => ("text" in each ? [] : [each]))],
  };
}

function textOf(path: string, data: Uint8Array): SourceFile | Finding {
  try {
    return { path, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { rule: "strategy/not-text", level: "error", message: "the file is not UTF-8 text", file: `strategies/${path}`, hint: "data belongs into data/" };
  }
}

/** A strategy that cannot be used, with every finding (exit usage). */
export function brokenStrategy(name: string, findings: readonly Finding[]): AgentctlError {
  const lines = findings.map((finding) => `${place(finding)}  ${safeText(finding.message, { oneLine: true })}`);
  return new AgentctlError("strategy/broken", `the strategy ${name} cannot be used:\n  ${lines.join("\n  ")}`, {
    hint: `agentctl strategy check ${name}`,
    exit: "usage",
    details: findings,
  });
}
