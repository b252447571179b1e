import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readYaml } from "../../base/document.ts";
import { AgentctlError, messageOf } from "../../base/errors.ts";
import type { Finding } from "../../base/finding.ts";
import { isMapping } from "../../base/mapping.ts";
import { checkEvaluations } from "../../evaluation/check.ts";
import { dataSetName, readDataSet } from "../../market/read-data-set.ts";
import { readPolicies } from "../../policy/read-policies.ts";
import { readSigners } from "../../policy/signers.ts";
import { loadConfig } from "../../workspace/config.ts";
import { configFile } from "../../workspace/find.ts";
import { judgeFile } from "../memory-files.ts";
import { agentsOf } from "../agent-shelf.ts";
import { openShelf } from "../skill-shelf.ts";
import { strategyNames } from "../strategy-files.ts";
import { shelvedStrategy, workingDataSets } from "../strategy-shelf.ts";
import { answer, counted } from "./answer.ts";
import { changedFiles, type ChangedFile } from "./changed-files.ts";
import { changedSkills, foldersOf } from "./changed-skills.ts";
import type { Gate, GateContext } from "./gate.ts";

/** Every changed document against its schema and its reader: what could not be loaded after landing does not land. */
export const schema: Gate = {
  name: "schema",
  async judge(context) {
    const files = await changedFiles(context);
    const there = files.filter(({ after }) => after !== undefined);
    const findings = [
      ...(await ofPolicies(context)),
      ...(await ofAgents(context)),
      ...(await ofSkills(context)),
      ...(await ofStrategies(context)),
      ...(await ofEvaluations(context)),
      ...there.flatMap(ofFile),
    ];
    return answer(counted(there.length, "document"), findings);
  },
};

function touches({ proposal }: GateContext, room: string): boolean {
  return proposal.changes.some(({ path }) => path.startsWith(`${room}/`));
}

async function ofPolicies(context: GateContext): Promise<Finding[]> {
  if (!touches(context, "policies")) return [];
  const { authority, proposal } = context;
  return readPolicies(await authority.repository.readFiles(proposal.head, "policies")).findings;
}

async function ofAgents({ authority: { repository }, proposal }: GateContext): Promise<Finding[]> {
  const names = foldersOf(proposal.changes, "agents");
  if (names.length === 0) return [];
  return agentsOf(await repository.readTree(proposal.head, "agents"))
    .filter(({ name }) => names.includes(name))
    .flatMap(({ findings }) => findings);
}

/** The lock's faults are the change's own where it changes the lock. */
async function ofSkills(context: GateContext): Promise<Finding[]> {
  if (!touches(context, "skills")) return [];
  const { head, proposal } = context;
  const lock = proposal.changes.some(({ path }) => path === "skills/lock.yaml") ? (await openShelf({ cwd: head.cwd, env: head.env })).findings : [];
  return [...lock, ...(await changedSkills(context)).flatMap(({ after }) => after?.findings ?? [])];
}

async function ofStrategies({ head: { cwd }, proposal }: GateContext): Promise<Finding[]> {
  const changed = foldersOf(proposal.changes, "strategies");
  const names = changed.length === 0 ? [] : strategyNames(cwd).filter((name) => changed.includes(name));
  if (names.length === 0) return [];
  const dataSets = workingDataSets(cwd);
  return (await Promise.all(names.map((name) => shelvedStrategy(cwd, name, dataSets)))).flatMap(({ findings }) => findings);
}

async function ofEvaluations(context: GateContext): Promise<readonly Finding[]> {
  if (!touches(context, "evaluations")) return [];
  const { authority, proposal } = context;
  return checkEvaluations(await authority.repository.readTree(proposal.head, "evaluations"));
}

function ofFile({ path, after = new Uint8Array() }: ChangedFile): readonly Finding[] {
  const wrong = (rule: string, message: string): Finding[] => [{ rule, level: "error", message, file: path }];
  const text = Buffer.from(after).toString("utf8");
  if (path === configFile) return ofConfig(text);
  if (path === "policies/signers") return readSigners({ path, text }).findings;
  if (path.startsWith("memory/") && path.split("/").length > 2) return judgeFile(path, "", after).findings;
  try {
    const dataSet = dataSetName(path);
    if (dataSet !== undefined) readDataSet(dataSet, { path, text });
    if (/\.json$/i.test(path)) JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof AgentctlError && Array.isArray(thrown.details)) return thrown.details as Finding[];
    return wrong("gate/document", messageOf(thrown).split("\n")[0] ?? "cannot be read");
  }
  // Skills from elsewhere hold what they like; rooms with readers of their own were read.
  if (!/\.ya?ml$/i.test(path) || /^(?:policies|agents|skills|strategies|evaluations|data)\//.test(path)) return [];
  const { document, findings } = readYaml({ path, text });
  if (document === undefined) return findings;
  return path.startsWith(".github/workflows/") && !(isMapping(document.value) && isMapping(document.value["jobs"]))
    ? wrong("gate/workflow", "is no workflow: it has no jobs")
    : [];
}

const needsVariable = /needs the environment variable [A-Z_][A-Z0-9_]*, which is not set$/;

/** Variables that it takes are not there to be read: without them it has to hold as well. */
function ofConfig(text: string): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-config-"));
  try {
    writeFileSync(join(folder, configFile), text, { mode: 0o600 });
    loadConfig(folder, {});
    return [];
  } catch (thrown) {
    if (thrown instanceof AgentctlError && Array.isArray(thrown.details))
      return (thrown.details as Finding[]).map((finding) => (needsVariable.test(finding.message) ? { ...finding, level: "note" } : finding));
    return [{ rule: "workspace/config", level: "error", message: messageOf(thrown).split("\n")[0] ?? "cannot be read", file: configFile }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
