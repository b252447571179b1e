import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "../agent/agent.ts";
import { agentBounds, agentNamePattern } from "../agent/agent-schema.ts";
import { readAgent, type AgentFile } from "../agent/read-agent.ts";
import { AgentctlError } from "../base/errors.ts";
import { place, type Finding } from "../base/finding.ts";
import { safeText } from "../base/safe-text.ts";
import { nearest } from "../base/suggest.ts";
import type { Repository, TreeFile } from "../git/repository.ts";
import { readFolder } from "../scan/folder.ts";
import { findHiddenCharacters, findHiddenMarkup, findMixedScripts } from "../skill/hidden-text.ts";
import { readSchemaFile } from "../skill/schema-file.ts";
import { agentToolNames } from "./agent-tools.ts";
import type { Authority } from "./load-authority.ts";

/** An agent as it stands in a commit or lies on disk, whether or not it can be used. */
export interface ShelvedAgent {
  name: string;
  /** `agents/<name>` */
  folder: string;
  files: readonly AgentFile[];
  /** By which its files are known. */
  digest: string;
  /** Absent when something keeps it from running. */
  agent?: Agent | undefined;
  findings: Finding[];
}

interface ShelveOptions {
  compile?: boolean;
}

type Committed = Pick<Authority, "repository" | "commit">;

const namePattern = new RegExp(agentNamePattern);

/**
 * The agent that runs under this name: the one of the commit, whatever lies on disk. Errors (exit usage): `agent/unknown` with the nearest name,
 * `agent/broken` with every finding.
 */
export async function requireAgent(authority: Committed, name: string): Promise<Agent> {
  const shelved = isAgentName(name) ? await committedAgent(authority, name) : undefined;
  if (shelved === undefined) throw unknownAgent(name, await committedNames(authority), "in the commit; an agent runs when it is committed");
  return usableAgent(shelved);
}

/** The agent of one that could be read. Error (exit usage): `agent/broken`. */
export function usableAgent({ name, agent, findings }: ShelvedAgent): Agent {
  if (agent !== undefined) return agent;
  const lines = findings.map((finding) => `${place(finding)}  ${safeText(finding.message, { oneLine: true })}`);
  throw new AgentctlError("agent/broken", `the agent ${name} cannot be used:\n  ${lines.join("\n  ")}`, {
    hint: `agentctl agent check ${name}`,
    exit: "usage",
    details: findings,
  });
}

/** Error (exit usage): there is none of this name; `where` ends the sentence. */
export function unknownAgent(name: string, known: readonly string[], where: string): AgentctlError {
  const near = nearest(name, known);
  return new AgentctlError("agent/unknown", `there is no agent ${JSON.stringify(name.slice(0, 80))} ${where}`, {
    hint: near === undefined ? "agentctl agent" : `did you mean ${near}?  agentctl agent show ${near}`,
    exit: "usage",
  });
}

/** Whether it may name an agent; also safe as the name of a folder. */
export function isAgentName(name: string): boolean {
  return name.length <= 64 && namePattern.test(name);
}

/** Every agent of the commit, by name. `compile: false` is quicker, and leaves it open whether the schemas of answers can be used. */
export async function committedAgents({ repository, commit }: Committed, options: ShelveOptions = {}): Promise<ShelvedAgent[]> {
  return agentsOf(await repository.readTree(commit, "agents"), options);
}

/** Every agent among the files of a commit, by name. */
export function agentsOf(files: readonly TreeFile[], options: ShelveOptions = {}): ShelvedAgent[] {
  return namesOf(files.map(({ path }) => path)).map((name) =>
    ofTree(
      name,
      files.filter(({ path }) => path.startsWith(`agents/${name}/`)),
      options,
    ),
  );
}

/** One agent of the commit; undefined when there is none. */
export async function committedAgent({ repository, commit }: Committed, name: string): Promise<ShelvedAgent | undefined> {
  const files = (await repository.readTree(commit, `agents/${name}`)).filter(({ path }) => path.startsWith(`agents/${name}/`));
  return files.length === 0 ? undefined : ofTree(name, files);
}

async function committedNames({ repository, commit }: { repository: Repository; commit: string }): Promise<string[]> {
  return namesOf((await repository.listTree(commit, "agents")).map(({ path }) => path));
}

function namesOf(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => /^agents\/([^/]+)\//.exec(path)?.[1] ?? []))].filter((name) => !/^[._]/.test(name)).toSorted();
}

function ofTree(name: string, files: readonly TreeFile[], options?: ShelveOptions): ShelvedAgent {
  const links = files.filter(({ mode }) => !mode.startsWith("100"));
  const findings = links.map(({ path }): Finding => ({
    rule: "agent/not-a-plain-file",
    level: "error",
    message: `${path} is no plain file`,
    file: path,
    hint: "put a copy of the file in its place",
  }));
  const own = files.map(({ path, data }) => ({ path: path.slice(`agents/${name}/`.length), data }));
  return shelve(name, own, findings, options);
}

/** The names of the folders below agents/ of the working tree, sorted; a link is none. */
export function workingNames(root: string): string[] {
  const folder = join(root, "agents");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

/** An agent of the working tree, which is a draft. The folder has to be there: one of `workingNames`. */
export async function workingAgent(root: string, name: string): Promise<ShelvedAgent> {
  const { files, findings } = await readFolder(join(root, "agents", name), `agents/${name}`, agentBounds);
  return shelve(name, files, findings);
}

/** Reads what was found; also what a person who reads the file does not see keeps an agent from running. */
function shelve(name: string, files: readonly AgentFile[], found: readonly Finding[], options: ShelveOptions = {}): ShelvedAgent {
  const folder = `agents/${name}`;
  const read = readAgent(folder, files, { tools: agentToolNames, readSchema: (data) => readSchemaFile(data, options) });
  const misnamed: Finding[] = isAgentName(name)
    ? []
    : [
        {
          rule: "agent/name",
          level: "error",
          message: `${JSON.stringify(name)} cannot name an agent`,
          file: folder,
          hint: "1 to 64 of a-z, 0-9 and single hyphens",
        },
      ];
  const findings = found.length > 0 ? [...misnamed, ...found] : [...misnamed, ...read.findings, ...files.flatMap((file) => hidden(folder, file))];
  const agent = findings.some(({ level }) => level === "error") ? undefined : read.agent;
  return { name, folder, files, digest: read.digest, ...(agent !== undefined && { agent }), findings };
}

function hidden(folder: string, { path, data }: AgentFile): Finding[] {
  const file = `${folder}/${path}`;
  const text = new TextDecoder().decode(data);
  const markup = path.endsWith(".md") ? findHiddenMarkup(file, text) : [];
  return [...findHiddenCharacters(file, text), ...markup, ...findMixedScripts(file, text)].map((finding) => ({
    ...finding,
    rule: finding.rule.replace(/^skill\//, "agent/"),
  }));
}
