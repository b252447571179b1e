import { lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentFile } from "../agent/agent-files.ts";
import { newAgentFiles, renamedYaml } from "../agent/new-agent-text.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { findWorkspace } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { isAgentName, unknownAgent, usableAgent, workingAgent, workingNames } from "./agent-shelf.ts";

export interface AgentCreated {
  name: string;
  /** The agent that it is like; null for a new one that only reads. */
  from: string | null;
  level: number;
  /** Relative to the workspace. */
  files: string[];
}

interface NewAgentAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  from?: string | undefined;
  description?: string | undefined;
}

/**
 * Writes an agent that works: one that reads and answers, or one like another of the workspace (else of those that come with agentctl). Errors (exit
 * usage): `agent/bad-name`, `agent/bad-description`, `agent/exists`, `agent/unknown`, `agent/broken`.
 */
export async function createAgent(asked: NewAgentAsked): Promise<AgentCreated> {
  const { name, from, description } = asked;
  if (!isAgentName(name)) {
    const hint = "1 to 64 of a-z, 0-9 and single hyphens, e.g. data-steward";
    throw new AgentctlError("agent/bad-name", `${JSON.stringify(name)} cannot name an agent`, { hint, exit: "usage" });
  }
  if (description !== undefined && (description.trim() === "" || description.length > 1024)) {
    const message = `the description has ${description.length} characters; 1 to 1024 are allowed, and some that can be seen`;
    throw new AgentctlError("agent/bad-description", message, { exit: "usage" });
  }
  const { root } = findWorkspace(asked.cwd, asked.env);
  const files = from === undefined ? fresh(name, description) : await like(root, from, name, description);
  write(root, name, files);
  const { level } = usableAgent(await workingAgent(root, name));
  return { name, from: from ?? null, level, files: files.map(({ path }) => `agents/${name}/${path}`) };
}

function fresh(
  name: string,
  description = "Answers questions about the files of this repository. Use when somebody wants to know what is where, and why.",
): AgentFile[] {
  return newAgentFiles(name, description).map(({ path, text }) => ({ path, data: Buffer.from(text) }));
}

async function like(root: string, from: string, name: string, description: string | undefined): Promise<AgentFile[]> {
  const place = [root, packageRoot()].find((each) => workingNames(each).includes(from));
  if (place === undefined)
    throw unknownAgent(from, [...new Set([...workingNames(root), ...workingNames(packageRoot())])], "in this workspace, and none comes with agentctl");
  const shelved = await workingAgent(place, from);
  usableAgent(shelved);
  return shelved.files.map(({ path, data }) =>
    path === "agent.yaml" ? { path, data: Buffer.from(renamedYaml(Buffer.from(data).toString("utf8"), name, description)) } : { path, data },
  );
}

/** Nothing is overwritten; what was written is taken back when something fails. */
function write(root: string, name: string, files: readonly AgentFile[]): void {
  const room = join(root, "agents");
  const folder = join(room, name);
  if (lstatSync(room, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new AgentctlError("agent/not-written", "agents is a link or a file, not a folder", { exit: "usage" });
  try {
    mkdirSync(room, { recursive: true });
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw notWritten(name, cause);
    throw new AgentctlError("agent/exists", `there is something at agents/${name} already`, { hint: `agentctl agent show ${name}`, exit: "usage", cause });
  }
  try {
    for (const { path, data } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), data, { flag: "wx", mode: 0o644 });
    }
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw notWritten(name, cause);
  }
}

function notWritten(name: string, cause: unknown): AgentctlError {
  return new AgentctlError("agent/not-written", `agents/${name} cannot be written: ${messageOf(cause)}`, { cause });
}
