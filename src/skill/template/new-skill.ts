import type { SkillRunner } from "../skill.ts";
import { writeSkill } from "../write.ts";
import { nodeFiles } from "./node.ts";
import { pythonFiles } from "./python.ts";
import { shellFiles } from "./shell.ts";

const scripts: Readonly<Record<SkillRunner, { run: string; files: Readonly<Record<string, string>> }>> = {
  python: { run: "scripts/main.py", files: pythonFiles },
  node: { run: "scripts/main.mjs", files: nodeFiles },
  shell: { run: "scripts/main.sh", files: shellFiles },
};

const dialect = "https://json-schema.org/draft/2020-12/schema";

const inputSchema = {
  $schema: dialect,
  title: "input",
  type: "object",
  additionalProperties: false,
  required: ["text"],
  properties: { text: { type: "string", description: "The text to count in." } },
};

const count = (description: string): object => ({ type: "integer", minimum: 0, description });
const outputSchema = {
  $schema: dialect,
  title: "output",
  type: "object",
  additionalProperties: false,
  required: ["lines", "words", "characters"],
  properties: { lines: count("Lines."), words: count("Words, separated by white space."), characters: count("Unicode code points.") },
};

/** The files of a new skill that works: it counts the words of a text, and its tests pass. What it does is then changed to what is wanted. */
export function newSkill(name: string, runner: SkillRunner, description: string): { path: string; text: string }[] {
  const { run, files } = scripts[runner];
  const metadata = {
    version: "0.1.0",
    runner,
    run,
    class: "R",
    "input-schema": "references/input.schema.json",
    "output-schema": "references/output.schema.json",
    "timeout-ms": "10000",
    "memory-mib": "256",
  };
  const body = `
# ${name}

Counts the lines, words and characters of a text.

## How to use

\`\`\`json
{ "text": "one two" }
\`\`\`

The result is \`{ "lines": 1, "words": 2, "characters": 7 }\`. [Input](references/input.schema.json) and
[output](references/output.schema.json) are checked; a text that cannot be counted ends with another exit code than 0 and a line on stderr.
`;
  return [
    { path: "SKILL.md", text: writeSkill({ name, description, metadata }, body) },
    { path: "references/input.schema.json", text: `${JSON.stringify(inputSchema, null, 2)}\n` },
    { path: "references/output.schema.json", text: `${JSON.stringify(outputSchema, null, 2)}\n` },
    ...Object.entries(files).map(([path, text]) => ({ path, text })),
  ];
}
