import { readYaml, type YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument, type JsonSchema } from "../base/json-schema.ts";
import { nearest } from "../base/suggest.ts";
import type { AutonomyCaps } from "../policy/autonomy.ts";
import { agentDigest, textOf, tooLarge, type AgentFile } from "./agent-files.ts";
import { agentBounds, agentDefaults, agentSchema } from "./agent-schema.ts";
import type { Agent, AgentLimits } from "./agent.ts";

export type { AgentFile } from "./agent-files.ts";

export interface AgentRead {
  /** Absent when there is an error. */
  agent?: Agent | undefined;
  /** Over its files, whether or not they can be used. */
  digest: string;
  findings: Finding[];
}

export interface AgentReading {
  /** Names of the tools that there are. */
  tools: readonly string[];
  /** Reads a JSON Schema that somebody wrote, within bounds. */
  readSchema(data: Uint8Array): { schema: JsonSchema } | { problem: string };
}

interface RawAgent {
  name: string;
  description: string;
  version?: string;
  level: number;
  autonomy?: AutonomyCaps;
  model?: string;
  temperature?: number;
  tools: string[];
  approval?: string[];
  plan?: boolean;
  criticRounds?: number;
  limits?: Partial<AgentLimits>;
  output?: { schema?: JsonSchema; schemaFile?: string; sources?: boolean; tests?: string };
  intents?: string[];
}

type Report = (rule: string, at: readonly (string | number)[], message: string, hint?: string, key?: boolean) => void;

/**
 * Reads an agent from its files. `folder` is its folder relative to the workspace, e.g. `agents/quant`; its last part is the name. Never throws for
 * what is written in them: a finding with level error means that there is no agent.
 */
export function readAgent(folder: string, files: readonly AgentFile[], known: AgentReading): AgentRead {
  const digest = agentDigest(files);
  const large = tooLarge(folder, files);
  if (large !== undefined) return { digest, findings: [large] };
  const text = textOf(folder, "agent.yaml", files, agentBounds.totalBytes);
  const prompt = textOf(folder, "prompt.md", files, agentBounds.promptBytes);
  const unread = [text, prompt].flatMap((each) => ("finding" in each ? [each.finding] : []));
  if ("finding" in text) return { digest, findings: unread };

  const { document, findings } = readYaml({ path: `${folder}/agent.yaml`, text: text.text });
  if (document === undefined) return { digest, findings: [...findings, ...unread] };
  const problems = checkDocument(agentSchema, document, "agent/schema");
  // A misspelt key is a missing one too; the misspelling says more.
  if (problems.length > 0)
    return { digest, findings: [...problems.toSorted((a, b) => Number(a.hint === undefined) - Number(b.hint === undefined)), ...unread] };

  const raw = document.value as RawAgent;
  const found = [...unread, ...judge(folder, raw, document, known)];
  const schema = answerSchema(folder, raw, document, files, known);
  if (schema !== undefined && "finding" in schema) found.push(schema.finding);
  if (found.length > 0 || "finding" in prompt) return { digest, findings: found };
  return {
    agent: complete(raw, { prompt: prompt.text, digest, schema: schema !== undefined && "schema" in schema ? schema.schema : undefined }),
    digest,
    findings: [],
  };
}

function judge(folder: string, raw: RawAgent, document: YamlDocument, { tools }: AgentReading): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (rule, at, message, hint, key = false) =>
    void findings.push({ rule: `agent/${rule}`, level: "error", message, file: document.file, ...document.at(at, key), hint });
  const name = folder.split("/").at(-1) ?? "";
  if (raw.name !== name) report("name", ["name"], `the agent in ${folder} is named "${raw.name}"`, `name: ${name}`);
  for (const [key, value] of Object.entries(raw.autonomy ?? {})) {
    if (typeof value === "number" && value > raw.level)
      report("autonomy", ["autonomy", key], `level ${value} of class ${key} is above that of the agent, ${raw.level}`, `at most ${raw.level}`);
  }
  raw.tools.forEach((tool, index) => {
    if (!tools.includes(tool)) report("unknown-tool", ["tools", index], `there is no tool "${tool}"`, near(tool, tools));
  });
  raw.approval?.forEach((tool, index) => {
    if (!raw.tools.includes(tool)) report("approval", ["approval", index], `"${tool}" is none of its tools, so it cannot ask before it`, near(tool, raw.tools));
  });
  if (raw.output?.schema !== undefined && raw.output.schemaFile !== undefined)
    report("two-schemas", ["output", "schemaFile"], "has both schema and schemaFile; an answer fits one of them", "leave one of the two out", true);
  return findings;
}

function near(name: string, names: readonly string[]): string {
  const found = nearest(name, names);
  return found === undefined ? `one of ${names.join(", ") || "none"}` : `did you mean "${found}"?`;
}

function answerSchema(
  folder: string,
  { output = {} }: RawAgent,
  document: YamlDocument,
  files: readonly AgentFile[],
  { readSchema }: AgentReading,
): { schema: JsonSchema } | { finding: Finding } | undefined {
  const { schema, schemaFile } = output;
  const key = schema === undefined ? "schemaFile" : "schema";
  const refuse = (message: string): { finding: Finding } => ({
    finding: { rule: "agent/answer-schema", level: "error", message, file: document.file, ...document.at(["output", key]) },
  });
  if (schema === undefined && schemaFile === undefined) return undefined;
  const data = schema === undefined ? files.find(({ path }) => path === schemaFile)?.data : new TextEncoder().encode(JSON.stringify(schema));
  if (data === undefined) return refuse(`there is no ${folder}/${schemaFile ?? ""}`);
  const read = readSchema(data);
  return "schema" in read ? read : refuse(`the schema of its answers ${read.problem}`);
}

function complete(raw: RawAgent, { prompt, digest, schema }: { prompt: string; digest: string; schema: JsonSchema | undefined }): Agent {
  const { output = {} } = raw;
  return {
    name: raw.name,
    description: raw.description.trim(),
    version: raw.version ?? agentDefaults.version,
    level: raw.level,
    ...(raw.autonomy !== undefined && { autonomy: raw.autonomy }),
    ...(raw.model !== undefined && { model: raw.model }),
    ...(raw.temperature !== undefined && { temperature: raw.temperature }),
    tools: raw.tools,
    approval: raw.approval ?? [],
    plan: raw.plan ?? false,
    criticRounds: raw.criticRounds ?? 0,
    limits: { ...agentDefaults.limits, ...raw.limits },
    output: { sources: output.sources ?? false, ...(schema !== undefined && { schema }), ...(output.tests !== undefined && { tests: output.tests }) },
    intents: raw.intents ?? [],
    prompt,
    digest,
  };
}
