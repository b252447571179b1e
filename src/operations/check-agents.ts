import { readYaml } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { readPolicies } from "../policy/read-policies.ts";
import type { PolicySet } from "../policy/policy-set.ts";
import { scanSecrets } from "../scan/secrets.ts";
import { unknownAgent, workingAgent, workingNames, type ShelvedAgent } from "./agent-shelf.ts";
import { openPolicies } from "./policy-sources.ts";
import { toolPermits } from "./tool-permits.ts";
import { version } from "./version.ts";

export interface AgentsChecked {
  report: Report;
  passed: boolean;
}

/**
 * Checks the agents on disk: format, tools, schemas, text that cannot be seen, secrets, and what they list that policy never lets them do. Without names,
 * all of them. `strict`: a warning is an error too. Error: `agent/unknown`.
 */
export async function checkAgents(asked: { cwd: string; env: NodeJS.ProcessEnv; names: readonly string[]; strict: boolean }): Promise<AgentsChecked> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const { root } = sources.workspace;
  const known = workingNames(root);
  const stranger = asked.names.find((name) => !known.includes(name));
  if (stranger !== undefined) throw unknownAgent(stranger, known, "on disk");
  const { set } = readPolicies(await sources.committed());
  const checks: Report["checks"][number][] = [];
  for (const name of asked.names.length > 0 ? asked.names : known) {
    const shelved = await workingAgent(root, name);
    const found = [...shelved.findings, ...beyondPolicy(shelved, set, sources.commit), ...(await scanSecrets(textsOf(shelved)))];
    const findings = asked.strict ? found.map((finding) => (finding.level === "warning" ? { ...finding, level: "error" as const } : finding)) : found;
    checks.push({ name, file: `agents/${name}/agent.yaml`, findings });
  }
  const report = { tool: "agentctl agent check", version, checks };
  return { report, passed: reportPassed(report) };
}

/** A tool that policy denies whatever it is called with misleads the model, which tries it. Without policies nothing can be said. */
function beyondPolicy({ agent, folder, files }: ShelvedAgent, set: PolicySet, commit: string | undefined): Finding[] {
  if (agent === undefined || commit === undefined || set.broken !== undefined || set.policies.length === 0) return [];
  const yaml = files.find(({ path }) => path === "agent.yaml");
  const { document } = readYaml({ path: `${folder}/agent.yaml`, text: Buffer.from(yaml?.data ?? []).toString("utf8") });
  return toolPermits(agent, { set, commit })
    .filter(({ effect, action }) => effect === "deny" && action === "tool.call")
    .map(({ tool, reason, would }) => ({
      rule: "agent/denied-tool",
      level: "warning",
      message: `policy denies it ${tool}: ${reason}`,
      file: `${folder}/agent.yaml`,
      ...document?.at(["tools", agent.tools.indexOf(tool)]),
      ...(would !== null && { hint: would }),
    }));
}

function textsOf({ folder, files }: ShelvedAgent): { file: string; path: string; text: string }[] {
  return files.map(({ path, data }) => ({ file: `${folder}/${path}`, path, text: new TextDecoder().decode(data) }));
}
