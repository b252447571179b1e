import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../base/finding.ts";
import { scanBounds } from "../../scan/source.ts";
import { checkTypes, isTypeScript, type TypeTree } from "../../scan/typescript.ts";
import { declarations, engineDeclarations, typesNotChecked } from "../strategy-types.ts";
import { newOnly, type ChangedFile } from "./changed-files.ts";
import type { GateContext } from "./gate.ts";

const rootsMax = 500;
/** What types can depend on. */
const counts = /\.(?:[mc]?[tj]s|[tj]sx|json)$/i;

export interface TypesChecked {
  findings: Finding[];
  /** How many files were judged. */
  files: number;
}

/**
 * Type errors that a change brings: of all TypeScript in the skills it touches, of all strategies where it touches one, as they include each other, and of what else it
 * changes. What was wrong at the base is a note. Code that could not be checked is an error: nothing has been said about it.
 */
export async function changedTypes({ head, base, signal }: GateContext, files: readonly ChangedFile[]): Promise<TypesChecked> {
  const findings: Finding[] = [];
  let judged = 0;
  for (const [foreign, places] of [
    [false, roomsIn(files)],
    [true, files.map(({ path }) => path).filter((path) => isJudged(path) && !inRoom.test(path))],
  ] as const) {
    try {
      const roots = rootsIn(head.cwd, places);
      judged += roots.length;
      const missing = files.find(({ path, after: text }) => text !== undefined && isJudged(path) && foreign !== inRoom.test(path) && !roots.includes(path));
      if (missing !== undefined) throw new Error(`${missing.path} was not laid out`);
      const after = await checkTypes({ roots, tree: treeIn(head.cwd), foreign, signal });
      const wrong = after.some(({ level }) => level === "error");
      findings.push(...(wrong ? newOnly(after, ...(await atBase({ base, signal }, { places, foreign }, head.cwd, roots))) : after));
    } catch (cause) {
      signal.throwIfAborted();
      findings.push(typesNotChecked(cause, places[0]));
    }
  }
  const own = files.find(({ path }) => path === declarations)?.after;
  if (own !== undefined && Buffer.from(own).toString("utf8") !== engineDeclarations())
    findings.push({
      rule: "gate/types-ours",
      level: "note",
      message: "strategies are checked against the declarations of this agentctl, not these",
      file: declarations,
    });
  return { findings, files: judged };
}

/** Packages that a skill brings are not its own code; the engine's declarations are not a change's to judge by. */
function isJudged(path: string): boolean {
  return isTypeScript(path) && path !== declarations && !path.split("/").includes("node_modules");
}

const inRoom = /^(skills\/[^/]+|strategies)\//;

function roomsIn(files: readonly ChangedFile[]): string[] {
  return [...new Set(files.flatMap(({ path }) => (counts.test(path) ? (inRoom.exec(path)?.[1] ?? []) : [])))];
}

/** What was wrong before, and the texts of both sides, for `newOnly`. A base that cannot be checked excuses nothing. */
async function atBase(
  { base, signal }: Pick<GateContext, "base" | "signal">,
  { places, foreign }: { places: readonly string[]; foreign: boolean },
  cwd: string,
  roots: readonly string[],
): Promise<[Finding[], { after: Map<string, string>; before: Map<string, string> }]> {
  const old = rootsIn(base.cwd, places);
  const before = await checkTypes({ roots: old, tree: treeIn(base.cwd), foreign, signal }).catch(() => []);
  signal.throwIfAborted();
  return [before, { after: textsOf(treeIn(cwd), roots), before: textsOf(treeIn(base.cwd), old) }];
}

function textsOf(tree: TypeTree, paths: readonly string[]): Map<string, string> {
  return new Map(paths.map((path) => [path, tree.read(path) ?? ""]));
}

/** The TypeScript below these folders, and these files where they are there. */
function rootsIn(cwd: string, places: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    const stat = lstatSync(join(cwd, path), { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) for (const name of readdirSync(join(cwd, path)).toSorted()) walk(`${path}/${name}`);
    else if (stat?.isFile() === true && isJudged(path)) found.push(path);
    if (found.length > rootsMax) throw new Error(`there are more than ${rootsMax} files`);
  };
  for (const place of places) walk(place);
  return found;
}

/** A tree that we laid out ourselves, so without links. What strategies import their types from is what the engine that runs them has. */
function treeIn(cwd: string): TypeTree {
  const stat = (path: string) => lstatSync(join(cwd, path), { throwIfNoEntry: false });
  return {
    read(path) {
      if (path === declarations) return engineDeclarations();
      const found = stat(path);
      return found?.isFile() === true && found.size <= scanBounds.characters ? readFileSync(join(cwd, path), "utf8") : undefined;
    },
    isFolder: (path) => stat(path)?.isDirectory() === true,
  };
}
