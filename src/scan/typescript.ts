import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Finding } from "../base/finding.ts";
import { compilerPlace, withCompiler, type CompilerBounds, type FileAnswers } from "./compiler-process.ts";
import { nodeDeclarations } from "./node-declarations.ts";
import { limited, worded } from "./source.ts";

/** Texts by their path in a tree, `/` between folders; undefined where there is none, or none that may be read. */
export interface TypeTree {
  read(path: string): string | undefined;
  isFolder(path: string): boolean;
}

export interface TypeQuestion {
  /** The files that are judged; they may import the rest of the tree. */
  roots: readonly string[];
  tree: TypeTree;
  /**
   * Code with a configuration and packages of its own, which are not looked at: enums are fine, what is not found is a note, and where
   * something is not found no error is certain, so that the others are warnings.
   */
  foreign?: boolean;
  bounds?: CompilerBounds;
  signal?: AbortSignal | undefined;
}

export const typeBounds = { timeoutMs: 30_000, memoryMiB: 1024, outputBytes: 32 * 1024 * 1024 };
const readMax = { files: 5000, characters: 64 * 1024 * 1024 };

/** Where the tree lies for the compiler, and where our own two files; neither is a place on disk. */
const place = { tree: "/tree", config: "/agentctl/tsconfig.json", declarations: "/agentctl/node.d.ts" };

/** What may come from a package, a library or a configuration that is not looked at. */
const notFound = new Set([2304, 2305, 2307, 2503, 2552, 2580, 2581, 2582, 2583, 2584, 2585, 2591, 2592, 2593, 2688, 2732, 2792, 2834, 2835, 2882]);

/** Said of what comes from a module or namespace of which all that is declared is its name: types in it, its functions with type arguments, methods of its classes. */
const nameOnly = (code: number, text: string): boolean =>
  code === 2709 ||
  code === 2347 ||
  (code === 2694 && /^Namespace '(?:NodeJS|"(?!\/)[^'"]+")'/.test(text)) ||
  (code === 4113 && text.endsWith("base class 'any'."));

interface Diagnostic {
  fileName?: string;
  pos: number;
  code: number;
  category: number;
  text: string;
}

/** What this can check: by its ending, declarations included. */
export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$/i.test(path);
}

/**
 * Type errors of TypeScript, strictly, by the compiler of our own installation: with no configuration, plugin or package of the tree, and no file but what `tree`
 * gives. Nothing is run or written; comments silence nothing. A missing annotation is a warning. Throws a plain error where it could not be checked.
 */
export async function checkTypes(question: TypeQuestion): Promise<Finding[]> {
  const { roots, bounds = typeBounds, signal } = question;
  if (roots.length === 0) return [];
  const texts = new Map(roots.map((path): [string, string] => [path, textOf(question.tree, path)]));
  const files = answersOf(question);
  const diagnostics = await withCompiler({ bounds, files, cwd: place.tree, signal }, async ({ ask }) => {
    await ask("initialize", null);
    const { snapshot, projects } = (await ask("updateSnapshot", { openProjects: [place.config] })) as { snapshot: number; projects: { id: string }[] };
    const found: Diagnostic[] = [];
    for (const kind of ["ConfigFileParsing", "Program", "Global", "Syntactic", "Semantic"])
      found.push(...(((await ask(`get${kind}Diagnostics`, { snapshot, project: projects[0]?.id })) ?? []) as Diagnostic[]));
    return found;
  });
  const errors = diagnostics.filter(({ category }) => category === 1);
  const uncertain = question.foreign === true && errors.some(({ code }) => notFound.has(code));
  return limited(errors.flatMap((each) => findingOf(each, texts, uncertain)));
}

function textOf(tree: TypeTree, path: string): string {
  const text = tree.read(path);
  if (text === undefined) throw new Error(`${path} cannot be read`);
  return text;
}

function answersOf({ roots, tree, foreign = false }: TypeQuestion): FileAnswers {
  const { library } = compilerPlace();
  const own = new Map([
    [place.config, JSON.stringify({ compilerOptions: optionsFor(foreign), files: [place.declarations, ...roots.map((path) => `${place.tree}/${path}`)] })],
    [place.declarations, nodeDeclarations()],
  ]);
  const known = new Map<string, string | null>();
  let characters = 0;
  const read = (path: string): string | null => {
    const before = own.get(path) ?? known.get(path);
    if (before !== undefined) return before;
    const text = isLibrary(path, library) ? readFileSync(path, "utf8") : fromTree(path, tree);
    if (text !== null && ((characters += text.length) > readMax.characters || known.size > readMax.files)) throw new Error("it imports too much");
    known.set(path, text);
    return text;
  };
  const folder = (path: string): boolean => path === "/" || path === place.tree || (inTree(path) !== undefined && tree.isFolder(inTree(path) ?? ""));
  return {
    readFile: (path) => ({ content: read(path) }),
    fileExists: (path) => read(path) !== null,
    directoryExists: folder,
    getAccessibleEntries: () => ({ files: [], directories: [] }),
    realpath: (path) => path,
  };
}

function optionsFor(foreign: boolean): Record<string, unknown> {
  return {
    noEmit: true,
    strict: true,
    target: "es2025",
    lib: ["es2025", "esnext.disposable", "esnext.array"],
    types: [],
    module: "preserve",
    moduleResolution: "bundler",
    moduleDetection: "force",
    allowImportingTsExtensions: true,
    allowJs: true,
    checkJs: false,
    resolveJsonModule: true,
    // Types are stripped before code runs in a container, so whatever is more than types cannot run there.
    erasableSyntaxOnly: !foreign,
    experimentalDecorators: foreign,
    jsx: "preserve",
    skipDefaultLibCheck: true,
  };
}

/** `lib.….d.ts` beside the compiler: the declarations of the language. */
function isLibrary(path: string, library: string): boolean {
  return dirname(path) === library && /^lib\.(?:[\w-]+\.)*d\.ts$/.test(basename(path));
}

/** Code and data of the tree. What configures packages is only seen where packages lie. */
function fromTree(path: string, tree: TypeTree): string | null {
  const within = inTree(path);
  if (within === undefined || !/\.(?:[mc]?[tj]s|[tj]sx|json)$/i.test(within)) return null;
  if (basename(within) === "package.json" && !within.includes("node_modules/")) return null;
  const text = tree.read(within);
  return text === undefined ? null : withoutSuppression(text);
}

/** The path in the tree that the compiler means; undefined for every other, and for one that is not plain. */
function inTree(path: string): string | undefined {
  if (!path.startsWith(`${place.tree}/`)) return undefined;
  const within = path.slice(place.tree.length + 1);
  return within.includes("\\") ||
    within.includes("\0") ||
    within.split("/").some((part) => part === "" || part === "." || part === ".." || /^\.git$/i.test(part))
    ? undefined
    : within;
}

/** The same text with the words that silence the compiler, or take its library from it, taken apart; lengths, and so places, stay. */
function withoutSuppression(text: string): string {
  return text.replaceAll(/@ts-(?=ignore|expect-error|nocheck|check)/gi, "@ts_").replaceAll(/no-default-lib/gi, "no_default-lib");
}

function findingOf({ fileName, pos, code, text }: Diagnostic, texts: ReadonlyMap<string, string>, uncertain: boolean): Finding[] {
  const rule = `scan/typescript-TS${code}`;
  const message = worded(text).slice(0, 500);
  // Of the whole program, so that nothing else it says can be believed.
  if (fileName === undefined || fileName === "") throw new Error(message);
  const file = inTree(fileName);
  const source = file === undefined ? undefined : texts.get(file);
  if (file === undefined || source === undefined || nameOnly(code, text)) return [];
  const before = source.slice(0, pos).split("\n");
  const level = uncertain && notFound.has(code) ? "note" : uncertain || (code >= 7000 && code < 8000) ? "warning" : "error";
  return [{ rule, level, message, file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }];
}
