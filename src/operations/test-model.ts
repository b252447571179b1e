import { modelRoles } from "../agent/model.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { modelsFor, type Candidate } from "../llm/choose-models.ts";
import type { ModelSettings } from "../llm/settings.ts";
import type { Decision } from "../policy/request.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { workspaceFacts } from "./decided-action.ts";
import { inRun, type OpenRun, type RunOutcome } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { modelSettings } from "./model-settings.ts";
import { openModels, type ModelsAsked } from "./open-models.ts";
import { personName } from "./person.ts";
import { mendOf, probeModel, type TestedModel } from "./probe-model.ts";

export interface TestModelAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** A tier or `provider/model`; without it every model that a role may get. */
  name?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  onAlert?: ModelsAsked["onAlert"];
  onPlan?: ((models: string[]) => void) | undefined;
  onTested?: ((tested: TestedModel) => void) | undefined;
}

export interface TestModelResult {
  run: string;
  outcome: RunOutcome;
  models: TestedModel[];
}

/** No more than a person waits for. */
const timeoutMaxMs = 60_000;
/**
 * Asks each model of a tier for three words and for a call of a tool, as one run: decided by policy, borne by the budgets, recorded, nothing tried twice and
 * nothing answered from the cache. That none answers is a result. Errors (exit usage): those of `openModels`, `llm/no-such-model`, `llm/no-such-provider`.
 */
export async function testModel(asked: TestModelAsked): Promise<TestModelResult> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const settings = modelSettings(authority.config, asked.env);
  const candidates = candidatesFor(settings, asked.name);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { config, commit, set } = authority;
  const started = {
    command: ["model test", asked.name].filter((word) => word !== undefined).join(" "),
    actor: { kind: "person" as const, name: personName() },
    workspace: await workspaceFacts(authority),
    policy: { commit, digest: set.digest },
  };
  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  return inRun({ stateDir, mask, started }, async (open) => {
    const models = await testAll(asked, authority, open, candidates);
    const outcome = outcomeOf(models);
    return { outcome, result: { run: open.run, outcome, models } };
  });
}

function candidatesFor(settings: ModelSettings, name: string | undefined): Candidate[] {
  const wanted = name === undefined ? modelRoles.map((role) => settings.roles[role]) : [name];
  const found = wanted.flatMap((each) => modelsFor(settings, each));
  return [...new Map(found.map((candidate) => [candidate.id, candidate])).values()];
}

async function testAll(asked: TestModelAsked, authority: Authority, open: OpenRun, candidates: readonly Candidate[]): Promise<TestedModel[]> {
  const { env, onDecision, onAlert } = asked;
  const timeoutMs = Math.min(timeoutMaxMs, authority.config.values.models.timeoutMs);
  const { model, settings } = await openModels({ authority, env, open, onDecision, onAlert, settings: { retries: 0, cacheTtlMs: 0, timeoutMs } });
  asked.onPlan?.(candidates.map(({ id }) => id));
  const tested: TestedModel[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const one = await probeModel({ open, model, key: `m${index + 1}` }, candidate);
    const mended = { ...one, mend: mendOf(one, candidate, settings, env) };
    tested.push(mended);
    asked.onTested?.(mended);
  }
  return tested;
}

function outcomeOf(models: readonly TestedModel[]): RunOutcome {
  const outcomes = models.map(({ outcome }) => outcome);
  if (outcomes.includes("ok")) return "ok";
  if (outcomes.includes("budget")) return "budget";
  return outcomes.every((outcome) => outcome === "denied") ? "denied" : "failed";
}
