import type { Agent } from "../../agent/agent.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { AgentctlError } from "../../base/errors.ts";
import { nearest } from "../../base/suggest.ts";
import type { EffectiveConfig } from "../../workspace/config.ts";
import { askPerson } from "./ask-person.ts";
import { backtest } from "./backtest.ts";
import { browser } from "./browser.ts";
import { dataView } from "./data-view.ts";
import { listFiles } from "./list-files.ts";
import { memorySearch } from "./memory-search.ts";
import { packageSearch } from "./package-search.ts";
import { notify } from "./notify.ts";
import { proposeChange } from "./propose-change.ts";
import { python } from "./python.ts";
import { query } from "./query.ts";
import { readDocument } from "./read-document.ts";
import { readFile } from "./read-file.ts";
import { remember } from "./remember.ts";
import { runSkill } from "./run-skill.ts";
import { runTests } from "./run-tests.ts";
import { searchFiles } from "./search-files.ts";
import { shell } from "./shell.ts";
import type { Tool } from "./tool.ts";
import { webFetch } from "./web-fetch.ts";
import { webSearch } from "./web-search.ts";
import { writeFile } from "./write-file.ts";

const memory = [memorySearch, remember];
const acting = [askPerson, backtest, browser, packageSearch, notify, proposeChange, python, query, runSkill, webFetch, webSearch];
const onFiles = [dataView, listFiles, readDocument, readFile, runTests, searchFiles, shell, writeFile];
const tools: readonly Tool[] = [...acting, ...memory, ...onFiles].toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Offered only where there is a sidecar. */
export const sidecarTool = python.name;

/** Every tool that there is, by name. Definitions only: what a tool needs to act is loaded when it runs. */
export function allTools(): readonly Tool[] {
  return tools;
}

/**
 * The tools of an agent that the configuration leaves on, by name; that of the sidecar where `sidecar.mode` is on. Errors (exit usage): `workspace/bad-config` when `tools.off` names what is no tool,
 * `agent/unknown-tool` when the agent does.
 */
export function toolsFor({ name: agent, tools: wanted }: Pick<Agent, "name" | "tools">, config: Pick<EffectiveConfig, "values" | "entries">): readonly Tool[] {
  const off = config.values.tools.off;
  const origin = config.entries.find(({ key }) => key === "tools.off")?.origin ?? "the configuration";
  for (const name of off) requireKnown(name, (what) => new AgentctlError("workspace/bad-config", `tools.off (${origin}) names ${what.message}`, what));
  for (const name of wanted) requireKnown(name, (what) => new AgentctlError("agent/unknown-tool", `the agent ${agent} names ${what.message}`, what));
  const hasSidecar = config.values.sidecar.mode === "on";
  return tools.filter(({ name }) => wanted.includes(name) && !off.includes(name) && (hasSidecar || name !== sidecarTool));
}

/** Over names, descriptions and schemas, whatever their order: what a model knows of these tools. */
export function toolsDigest(of: readonly Tool[]): string {
  const known = of.map(({ name, description, parameters }) => ({ name, description, parameters })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sha256(canonicalJson(known));
}

function requireKnown(name: string, error: (what: { message: string; hint: string; exit: "usage" }) => AgentctlError): void {
  const known = tools.map((tool) => tool.name);
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const hint = near === undefined ? `tools: ${known.join(", ")}` : `did you mean ${near}?`;
  throw error({ message: `${JSON.stringify(name)}, which is no tool`, hint, exit: "usage" });
}
