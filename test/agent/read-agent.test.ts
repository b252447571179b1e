import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentBounds, agentDefaults } from "../../src/agent/agent-schema.ts";
import { agentDigest, type AgentFile } from "../../src/agent/agent-files.ts";
import { readAgent, type AgentRead } from "../../src/agent/read-agent.ts";
import { readSchemaFile } from "../../src/skill/schema-file.ts";

const tools = ["read_file", "list_files", "run_skill", "shell"];
const least = "name: clerk\ndescription: Files things.\nlevel: 1\ntools: [read_file]\n";
const data = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = (texts: Record<string, string>): AgentFile[] => Object.entries(texts).map(([path, text]) => ({ path, data: data(text) }));

function read(yaml: string, more: Record<string, string> = {}): AgentRead {
  return readAgent("agents/clerk", files({ "agent.yaml": yaml, "prompt.md": "Be brief.\n", ...more }), { tools, readSchema: readSchemaFile });
}

const said = (result: AgentRead): string[] =>
  result.findings.map(
    ({ rule, file, line, column, message, hint }) =>
      `${rule} ${[file, line, column].filter(Boolean).join(":")} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );

test("the least that makes an agent: everything else has a default that allows little", () => {
  const { agent, findings, digest } = read(least);
  expect(findings).toEqual([]);
  expect(agent).toEqual({
    name: "clerk",
    description: "Files things.",
    version: agentDefaults.version,
    level: 1,
    tools: ["read_file"],
    approval: [],
    plan: false,
    criticRounds: 0,
    limits: agentDefaults.limits,
    output: { sources: false },
    intents: [],
    prompt: "Be brief.\n",
    digest,
  });
});

test("everything that can be said is read", () => {
  const { agent, findings } = read(
    `${least.replace("[read_file]", "[read_file, shell]")}version: 1.2.0
model: ollama/qwen3:8b
temperature: 0.2
approval: [shell]
plan: true
criticRounds: 2
limits: { iterations: 3, costUsd: 0.25 }
output: { schemaFile: references/answer.json, sources: true, tests: scratch }
intents: [file the letters]
`,
    { "references/answer.json": '{"type":"object","required":["a"]}' },
  );
  expect(findings).toEqual([]);
  expect(agent).toMatchObject({
    model: "ollama/qwen3:8b",
    temperature: 0.2,
    approval: ["shell"],
    plan: true,
    criticRounds: 2,
    limits: { ...agentDefaults.limits, iterations: 3, costUsd: 0.25 },
    output: { schema: { type: "object", required: ["a"] }, sources: true, tests: "scratch" },
    intents: ["file the letters"],
  });
});

describe("what is wrong has its place, and the nearest word", () => {
  test.each([
    ["an unknown key", `${least}plann: true\n`, 'agent/schema agents/clerk/agent.yaml:5:1 unknown key "plann" in the document (did you mean "plan"?)'],
    ["another name", least.replace("clerk", "clark"), 'agent/name agents/clerk/agent.yaml:1:7 the agent in agents/clerk is named "clark" (name: clerk)'],
    [
      "an unknown tool",
      least.replace("read_file", "read_fil"),
      'agent/unknown-tool agents/clerk/agent.yaml:4:9 there is no tool "read_fil" (did you mean "read_file"?)',
    ],
    [
      "an approval for a tool that it has not",
      `${least}approval: [shell]\n`,
      'agent/approval agents/clerk/agent.yaml:5:12 "shell" is none of its tools, so it cannot ask before it (one of read_file)',
    ],
    ["a level that there is not", least.replace("level: 1", "level: 5"), 'agent/schema agents/clerk/agent.yaml:3:8 "level" must be <= 4, found 5'],
    [
      "a schema file that is not there",
      `${least}output: { schemaFile: a.json }\n`,
      "agent/answer-schema agents/clerk/agent.yaml:5:23 there is no agents/clerk/a.json",
    ],
    [
      "two schemas",
      `${least}output: { schema: { type: object }, schemaFile: a.json }\n`,
      "agent/two-schemas agents/clerk/agent.yaml:5:37 has both schema and schemaFile; an answer fits one of them (leave one of the two out)",
    ],
    [
      "a schema with a pattern that can hang",
      `${least}output: { schema: { type: string, pattern: "(?=a)b" } }\n`,
      /^agent\/answer-schema agents\/clerk\/agent\.yaml:5:19 the schema of its answers has the pattern "\(\?=a\)b", which RE2 does not read/,
    ],
    ["a key twice", `${least}level: 4\n`, 'base/yaml agents/clerk/agent.yaml:5:1 the key "level" stands twice in its mapping'],
    ["no document", "", "agent/empty-file agents/clerk/agent.yaml agent.yaml is empty"],
  ])("%s", (_what, yaml, finding) => {
    const result = read(yaml);
    expect(result.agent).toBeUndefined();
    expect(said(result)).toContainEqual(typeof finding === "string" ? finding : expect.stringMatching(finding));
  });

  test("a tool twice, and limits that are none", () => {
    expect(said(read(least.replace("[read_file]", "[read_file, read_file]")))[0]).toContain("must NOT have duplicate items");
    expect(said(read(`${least}limits: { costUsd: 0 }\n`))[0]).toContain('"limits.costUsd" must be > 0');
    expect(said(read(`${least}limits: { costUsd: .inf }\n`))[0]).toContain("numbers must be finite");
  });
});

test("without a prompt, with an empty one, with one that is too long or no text, there is no agent", () => {
  const yaml = { path: "agent.yaml", data: data(least) };
  const of = (prompt?: Uint8Array): AgentRead =>
    readAgent("agents/clerk", prompt === undefined ? [yaml] : [yaml, { path: "prompt.md", data: prompt }], { tools, readSchema: readSchemaFile });
  expect(said(of())).toEqual([
    "agent/missing-file agents/clerk/prompt.md there is no agents/clerk/prompt.md (an agent is agent.yaml and prompt.md; agentctl agent new writes both)",
  ]);
  expect(said(of(data(" \n")))).toEqual(["agent/empty-file agents/clerk/prompt.md prompt.md is empty"]);
  expect(said(of(new Uint8Array([0xff, 0xfe])))).toEqual(["agent/not-text agents/clerk/prompt.md prompt.md is not UTF-8 text"]);
  const long = of(data("x".repeat(agentBounds.promptBytes + 1)));
  expect(said(long)).toEqual([`agent/too-large agents/clerk/prompt.md prompt.md has 65537 bytes; at most 65536 are read`]);
  for (const each of [of(), of(data("")), long]) expect(each.agent).toBeUndefined();
});

test("too many files, or too large ones, are not read", () => {
  const many = Array.from({ length: agentBounds.files + 1 }, (_, index) => ({ path: `f${index}`, data: data("x") }));
  expect(said(readAgent("agents/clerk", many, { tools, readSchema: readSchemaFile }))).toEqual([
    "agent/too-large agents/clerk the agent has 21 files; at most 20 are read",
  ]);
  const large = [{ path: "agent.yaml", data: new Uint8Array(agentBounds.totalBytes + 1) }];
  expect(said(readAgent("agents/clerk", large, { tools, readSchema: readSchemaFile }))[0]).toContain("at most 1048576 are read");
});

test("the digest names exactly these files, in whatever order they are read", () => {
  const three = files({ "agent.yaml": least, "prompt.md": "a", "b.json": "{}" });
  expect(agentDigest(three)).toBe(agentDigest(three.toReversed()));
  const others = [three.slice(1), three.map((file) => ({ ...file, data: data("z") })), three.map((file) => ({ ...file, path: `${file.path}x` }))];
  expect(new Set([agentDigest(three), ...others.map(agentDigest)]).size).toBe(4);
});

test("no text makes reading throw, and only a document without findings is an agent", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constant(least)), fc.string({ unit: "binary" }), (yaml, prompt) => {
      const result = read(yaml, { "prompt.md": prompt });
      expect(result.agent === undefined).toBe(result.findings.some(({ level }) => level === "error"));
    }),
    { numRuns: 300 },
  );
});
