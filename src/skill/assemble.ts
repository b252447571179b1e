import type { Path, YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkSchema, type JsonSchema } from "../base/json-schema.ts";
import { standardise } from "./dialect.ts";
import { listFiles, skillDigest } from "./digest.ts";
import type { Frontmatter } from "./frontmatter.ts";
import { readMetadata, type SkillMetadata } from "./metadata.ts";
import { isSkillName, toSkillName } from "./name.ts";
import { readSchemaFile } from "./schema-file.ts";
import { metadataProperties, skillSchema } from "./schema.ts";
import { runnerEndings, skillBounds, type ReadMode, type Skill, type SkillInput } from "./skill.ts";

/** A skill being read: what is known, and where findings go. */
export interface Reading {
  folder: string;
  files: readonly SkillInput[];
  mode: ReadMode;
  document: YamlDocument;
  findings: Finding[];
  /** Schemas of input and output are compiled, to see whether they can be. */
  compile: boolean;
}

type Said = Pick<Finding, "level" | "message" | "hint">;

/** The skill that readable frontmatter and the files make; undefined when it has no usable name or description. */
export function assembleSkill(reading: Reading, { body, bodyLine }: Pick<Frontmatter, "body" | "bodyLine">): Skill | undefined {
  const { document, mode } = reading;
  const value = mode === "strict" ? document.value : standardise(document.value, (path, said) => add(reading, "dialect", path, said, true));
  const unfit = checkFrontmatter(reading, value);
  const front = value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  const text = (key: string): string | undefined => (typeof front[key] === "string" && !unfit.has(key) ? front[key] : undefined);

  const name = checkName(reading, front["name"]);
  // A description that is too long is a warning for a skill from elsewhere; none at all is the end of it.
  const description = text("description") ?? (mode === "lenient" && typeof front["description"] === "string" ? front["description"].trim() : undefined);
  if (mode === "lenient" && !description)
    reading.findings.push({
      rule: "skill/no-description",
      level: "error",
      message: "there is no description, so the skill cannot be offered",
      file: document.file,
    });
  if (!description || name === undefined) return undefined;

  const metadata = textsOf(front["metadata"]);
  const read = readMetadata(metadata, (key, said) => add(reading, "metadata", ["metadata", key], { level: "error", ...said }));
  checkBody(reading, body);
  const files = listFiles(reading.files);
  return {
    ...read,
    name,
    description,
    license: text("license"),
    compatibility: text("compatibility"),
    allowedTools: (text("allowed-tools") ?? "").split(/\s+(?![^(]*\))/).filter((tool) => tool !== ""),
    runner: undefined,
    run: undefined,
    ...checkScript(reading, read),
    inputSchema: schemaFile(reading, "input-schema", read.inputSchema),
    outputSchema: schemaFile(reading, "output-schema", read.outputSchema),
    metadata,
    body,
    bodyLine,
    files,
    digest: skillDigest(files),
  };
}

/** Reports what the schema says; answers the top-level keys whose value does not fit. */
function checkFrontmatter(reading: Reading, value: unknown): Set<string> {
  const unfit = new Set<string>();
  for (const problem of checkSchema(skillSchema, value)) {
    const [top, key] = problem.path.map(String);
    if (top !== undefined && key === undefined) unfit.add(top);
    // The name of a skill from elsewhere is said once, against its folder.
    if (reading.mode === "lenient" && top === "name") continue;
    const described = top === "metadata" && key !== undefined && Object.hasOwn(metadataProperties, key);
    const hint = problem.hint ?? (described ? metadataProperties[key as keyof typeof metadataProperties].description : quotes(problem.message));
    add(reading, "frontmatter", problem.path, { level: "error", message: problem.message, hint }, problem.key);
  }
  return unfit;
}

function checkName(reading: Reading, declared: unknown): string | undefined {
  const folder = reading.folder.split("/").at(-1) ?? "";
  if (!isSkillName(folder)) {
    const near = toSkillName(folder);
    reading.findings.push({
      rule: "skill/name",
      level: "error",
      message: `the folder ${JSON.stringify(folder)} cannot name a skill: 1 to 64 of a-z, 0-9 and single hyphens`,
      file: reading.folder,
      hint: near === undefined ? undefined : `call it ${near}`,
    });
    return undefined;
  }
  if (declared !== folder && (reading.mode === "lenient" || (typeof declared === "string" && isSkillName(declared)))) {
    const message = `the name is ${declared === undefined ? "missing" : JSON.stringify(declared)}, the folder is "${folder}"; they must be the same`;
    add(reading, "name", ["name"], { level: "error", message, hint: `name: ${folder}` });
  }
  return folder;
}

function checkBody(reading: Reading, body: string): void {
  if (body.trim() === "") add(reading, "body", [], { level: "warning", message: "SKILL.md has no instructions below the frontmatter" });
  const lines = body.split("\n").length;
  if (lines <= skillBounds.bodyLines) return;
  const hint = `keep them under ${skillBounds.bodyLines} and move the rest to references/`;
  add(reading, "body", [], { level: "warning", message: `the instructions have ${lines} lines; agents read all of them`, hint });
}

/** The script and its runner: both or neither, the file is there, and its ending is one the runner starts. */
function checkScript(reading: Reading, { runner, run }: SkillMetadata): Partial<Pick<Skill, "runner" | "run">> {
  const refuse = (key: string, message: string, hint?: string): object => {
    add(reading, "script", ["metadata", key], { level: "error", message, hint });
    return {};
  };
  if (run === undefined) {
    if (runner === undefined) return {};
    return refuse("runner", '"metadata.runner" is given without "metadata.run"', "name the script, e.g. run: scripts/main.py");
  }
  if (runner === undefined) return refuse("run", '"metadata.run" is given without "metadata.runner"', "add runner: python, node or shell");
  if (!reading.files.some((file) => file.path === run)) return refuse("run", `"metadata.run" is ${run}, which is not a file of the skill`);
  if (runnerEndings[runner].some((ending) => run.endsWith(ending))) return { runner, run };
  return refuse("run", `the runner ${runner} starts files that end in ${runnerEndings[runner].join(" or ")}; "metadata.run" is ${run}`);
}

function schemaFile(reading: Reading, key: "input-schema" | "output-schema", path: string | undefined): JsonSchema | undefined {
  if (path === undefined) return undefined;
  const data = reading.files.find((file) => file.path === path)?.data;
  const read = data === undefined ? { problem: "is not a file of the skill" } : readSchemaFile(data, { compile: reading.compile });
  if ("schema" in read) return read.schema;
  add(reading, "schema", ["metadata", key], { level: "error", message: `"metadata.${key}" is ${path}, which ${read.problem}` });
  return undefined;
}

/** A finding at a place in the frontmatter. For a skill from elsewhere errors become warnings: what is wrong is left out, the rest is used. */
function add({ mode, document, findings }: Reading, rule: string, path: Path, said: Said, key = false): void {
  const level = mode === "lenient" && said.level === "error" ? "warning" : said.level;
  findings.push({ rule: `skill/${rule}`, ...said, level, file: document.file, ...document.at(path, key) });
}

/** YAML reads 1.0 as a number and true as a truth value; the format wants text. */
function quotes(message: string): string | undefined {
  return /must be string, found (-?[0-9.]+|true|false)/.test(message) ? "put it in quotes" : undefined;
}

function textsOf(metadata: unknown): Record<string, string> {
  if (metadata === null || typeof metadata !== "object") return {};
  return Object.fromEntries(Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
