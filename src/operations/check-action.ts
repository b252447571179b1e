import { newId } from "../base/ids.ts";
import { readYaml } from "../base/document.ts";
import { isMapping } from "../base/mapping.ts";
import { checkSchema } from "../base/json-schema.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { declaredLevel, type AutonomyCaps } from "../policy/autonomy.ts";
import { completeRequest, type ShortRequest } from "../policy/complete-request.ts";
import { decide } from "../policy/decide.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { shortRequestSchema } from "../policy/request-schema.ts";
import type { ActionRequest, Actor, Decision, RiskClass, SkillFacts } from "../policy/request.ts";
import { status } from "../git/status.ts";
import { personName } from "./person.ts";
import { editWarnings, openPolicies, type PolicySources } from "./policy-sources.ts";

export interface CheckActionAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** A request in words; facts of skills and agents are looked up. */
  flags?: {
    action: string;
    class?: RiskClass | undefined;
    tool?: string | undefined;
    skill?: string | undefined;
    path?: string | undefined;
    host?: string | undefined;
    port?: number | undefined;
    runner?: string | undefined;
    agent?: string | undefined;
    level?: number | undefined;
  };
  /** A request as JSON text, instead of flags. */
  json?: string;
}

export interface CheckedAction {
  decision: Decision;
  /** What a person should know beside the answer. */
  warnings: string[];
}

/** Asks the committed policies about one action, without doing it and without recording it. */
export async function checkAction(asked: CheckActionAsked): Promise<CheckedAction> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const warnings: string[] = [];
  const request = asked.json === undefined ? await fromFlags(asked, sources, warnings) : fromJson(asked.json);
  const [files, edited] = await Promise.all([sources.committed(), sources.edited()]);
  const { set } = readPolicies(files);
  const decision = decide(request, set, { id: newId("d"), commit: sources.commit ?? "none" });
  return { decision, warnings: [...warnings, ...editWarnings(sources, edited)] };
}

function fromJson(text: string): ActionRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AgentctlError("policy/bad-request", `the request is no JSON: ${messageOf(cause)}`, { hint: "agentctl schema request", exit: "usage", cause });
  }
  // What does not even have the shape of a short request is judged as it is: refused, with the reason.
  return checkSchema(shortRequestSchema, value).length === 0 ? completeRequest(value as ShortRequest) : (value as ActionRequest);
}

async function fromFlags(asked: CheckActionAsked, sources: PolicySources, warnings: string[]): Promise<ActionRequest> {
  const { skill, agent, level, ...facts } = asked.flags ?? { action: "" };
  const found = skill === undefined ? undefined : await skillFacts(skill, asked, sources);
  const who = (own: number): Actor => (agent === undefined ? { kind: "person", name: personName() } : { kind: "agent", name: agent, level: own });
  const short = { ...facts, class: facts.class ?? found?.class, skill: found?.facts, runner: facts.runner ?? found?.runner };
  const request = completeRequest({ ...short, actor: who(level ?? 1) });
  const actor = agent === undefined || level !== undefined ? request.actor : who(await levelOf(agent, request.class, sources, warnings));
  return Object.fromEntries(Object.entries({ ...request, actor }).filter(([, value]) => value !== undefined)) as unknown as ActionRequest;
}

/** The level that an agent of the commit has in a class now, after its breaches; 1 where the commit says nothing, which is the least. */
async function levelOf(name: string, riskClass: RiskClass, { workspace, repository, commit }: PolicySources, warnings: string[]): Promise<number> {
  const path = `agents/${name}/agent.yaml`;
  const data = commit === undefined || !/^[a-z0-9-]+$/.test(name) ? undefined : await repository.readPath(commit, path);
  const { document } = readYaml({ path, text: data === undefined ? "" : Buffer.from(data).toString("utf8") });
  const { level, autonomy } = isMapping(document?.value) ? document.value : {};
  if (typeof level !== "number" || !Number.isInteger(level) || level < 1 || level > 4) {
    warnings.push(
      data === undefined
        ? `there is no committed ${path}; agent ${name} is taken to be at level 1 (--level)`
        : `${path} names no level from 1 to 4; 1 is taken`,
    );
    return 1;
  }
  const { renewed, ...caps } = isMapping(autonomy) ? autonomy : {};
  const holder = { name, level, autonomy: { ...(caps as AutonomyCaps), ...(typeof renewed === "string" && { renewed }) } };
  const { levelIn } = await import("./autonomy-level.ts");
  const [now, declared] = [levelIn(workspace.stateDir, holder, riskClass), declaredLevel(holder, riskClass)];
  if (now < declared) warnings.push(`breaches took agent ${name} from level ${declared} to ${now} in class ${riskClass}     agentctl agent autonomy ${name}`);
  return now;
}

async function skillFacts(
  name: string,
  asked: CheckActionAsked,
  sources: PolicySources,
): Promise<{ facts: SkillFacts; class: RiskClass | undefined; runner: string | undefined }> {
  const { repository, commit } = sources;
  const { openShelf } = await import("./skill-shelf.ts");
  const shelf = await openShelf(asked, sources);
  const found = await shelf.read(shelf.place(name));
  const committed =
    found.origin === "package" || (commit !== undefined && (await status(repository, { commit, prefix: `skills/${name}`, ignored: true })).length === 0);
  const facts = { name, trust: found.trust, committed, digest: found.digest, ...(found.skill?.version !== undefined && { version: found.skill.version }) };
  return { facts, class: found.skill?.class, runner: found.skill?.runner };
}
