import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scopeOf } from "../../src/operations/scope.ts";
import { connectEngine } from "../../src/runner/engine.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of a shipped room, by path from the root. */
export function shipped(room: string): Record<string, string> {
  const entries = readdirSync(join(root, room), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(root.length);
      return [path, readFileSync(join(root, path), "utf8")];
    }),
  );
}

const scripts = {
  python: { ending: "py", runner: "python" },
  node: { ending: "mjs", runner: "node" },
  shell: { ending: "sh", runner: "shell" },
} as const;

/** A skill with one script, as files of a workspace. `metadata` are lines of its frontmatter's metadata; `files` lie beside SKILL.md. */
export function skill(
  name: string,
  script: string,
  options: { language?: keyof typeof scripts; metadata?: Record<string, string>; files?: Record<string, string> } = {},
): Record<string, string> {
  const { ending, runner } = scripts[options.language ?? "python"];
  const metadata = Object.entries({ version: "1.0.0", runner, run: `scripts/main.${ending}`, class: "R", ...options.metadata });
  return {
    [`skills/${name}/SKILL.md`]: [
      "---",
      `name: ${name}`,
      `description: A test of what ${name} does when it runs.`,
      "metadata:",
      ...metadata.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
      "---",
      `# ${name}`,
      "",
    ].join("\n"),
    [`skills/${name}/scripts/main.${ending}`]: script,
    ...Object.fromEntries(Object.entries(options.files ?? {}).map(([path, text]) => [`skills/${name}/${path}`, text])),
  };
}

/** A committed workspace with the shipped policies and these files. */
export function skillWorkspace(files: Record<string, string>): TestWorkspace {
  return workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), ...files });
}

/** The containers of a workspace, by id: those that run, or with `all` ended ones too. */
export async function containersOf(dir: string, which: "running" | "all" = "all"): Promise<string[]> {
  const { docker } = await connectEngine();
  const listed = await docker.listContainers({ all: which === "all", filters: { label: [`agentctl.scope=${scopeOf(join(dir, ".git", "agentctl"))}`] } });
  return listed.map((container) => container.Id);
}

/** The records of every run of a workspace, oldest run first. */
export function recordsOf(dir: string): { run: string; kind: string; data: Record<string, unknown> }[][] {
  const folder = join(dir, ".git", "agentctl", "journal");
  const names = readdirSync(folder).filter((name) => /^r-.*\.jsonl$/.test(name));
  const runs = names.map((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
  return runs
    .map((lines) => lines.map((line) => JSON.parse(line) as { run: string; kind: string; ts: string; data: Record<string, unknown> }))
    .toSorted((a, b) => (a[0]!.ts < b[0]!.ts ? -1 : 1));
}
