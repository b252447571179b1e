import type { JsonSchema } from "../base/json-schema.ts";
import { namePattern } from "./name.ts";
import { skillClasses, skillRunners } from "./skill.ts";

/** One key of `metadata`. */
export interface Property extends JsonSchema {
  readonly description: string;
  readonly pattern?: string;
}

const text = (description: string, pattern?: string): Property => ({ type: "string", description, ...(pattern === undefined ? {} : { pattern }) });
const whole = (description: string): Property => text(`${description}; a whole number in quotes`, "^[1-9][0-9]{0,11}$");
const file = (description: string): Property => text(`${description}, relative to the skill's folder`, "^[^/].*$");

/** What agentctl reads in `metadata`. The format allows strings only, so numbers stand in quotes and lists are words. */
export const metadataProperties = {
  version: text("version of the skill, e.g. 1.0.0", "^[0-9]+(\\.[0-9]+){0,2}([-+][0-9A-Za-z.+-]+)?$"),
  tags: text("words to find it by, separated by commas"),
  runner: { enum: [...skillRunners], description: "the container its script runs in" },
  run: file("the script that is run"),
  class: { enum: [...skillClasses], description: "R read, W workspace write (default), B backtest, N notification, C credential, T trading" },
  "input-schema": file("JSON Schema of the input"),
  "output-schema": file("JSON Schema of the result"),
  "timeout-ms": whole("wall time for one run, in ms"),
  "memory-mib": whole("memory, in MiB"),
  cpus: text("CPUs, e.g. 1 or 0.5, in quotes", "^[0-9]{1,4}(\\.[0-9]{1,3})?$"),
  pids: whole("processes and threads at once"),
  "output-bytes": whole("bytes of stdout and stderr together"),
  "disk-mib": whole("space for files, in MiB"),
  hosts: text("hosts its code names, separated by spaces"),
  env: text("environment variables its code reads, separated by spaces", "^ *([A-Za-z_][A-Za-z0-9_]*( +|$))*$"),
  packages: text("packages its code imports, separated by spaces"),
} as const satisfies Record<string, Property>;

/** The frontmatter of SKILL.md: the six keys of the Agent Skills format. */
export const skillSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Frontmatter of SKILL.md",
  type: "object",
  additionalProperties: false,
  required: ["name", "description"],
  properties: {
    name: { type: "string", minLength: 1, maxLength: 64, pattern: namePattern, description: "the name of the skill, the same as that of its folder" },
    description: { type: "string", minLength: 1, maxLength: 1024, pattern: "\\S", description: "what the skill does and when to use it" },
    license: { type: "string", description: "the licence, or the file that holds it" },
    compatibility: { type: "string", maxLength: 500, description: "what it needs around it" },
    metadata: { type: "object", description: "strings only", properties: metadataProperties, additionalProperties: { type: "string" } },
    "allowed-tools": { type: "string", description: "tools it may use without asking, separated by spaces" },
  },
};
