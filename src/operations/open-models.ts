import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import type { Model, ModelRole } from "../agent/model.ts";
import type { AnswerCache } from "../llm/ports.ts";
import type { ModelSettings } from "../llm/settings.ts";
import type { AutonomyHolder } from "../policy/autonomy.ts";
import type { Mark } from "../policy/budget.ts";
import type { Actor, Decision } from "../policy/request.ts";
import type { Mask } from "../trace/mask.ts";
import { agentActor } from "./autonomy-level.ts";
import { requireCommittedModels } from "./committed-models.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { modelPermit } from "./model-permit.ts";
import { modelPurse } from "./model-purse.ts";
import { modelSettings } from "./model-settings.ts";
import type { MorePolicies } from "./more-policies.ts";
import { personName } from "./person.ts";

export interface ModelsAsked {
  authority: Authority;
  /** Decide beside the authority, and the stricter answer counts. */
  morePolicies?: MorePolicies | undefined;
  env: NodeJS.ProcessEnv;
  open: OpenRun;
  /** Who asks; without one it is the person. */
  agent?: AutonomyHolder | undefined;
  /** Whose budgets bear it beside the agent's. */
  subagent?: string | undefined;
  /** In the place of the configuration's. */
  settings?: Partial<Pick<ModelSettings, "timeoutMs" | "retries" | "cacheTtlMs">> | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  /** A budget comes near its limit: in words, and as it is. */
  onAlert?: ((text: string, mark: Mark) => void) | undefined;
}

export interface OpenModels {
  model: Model;
  settings: ModelSettings;
}

/**
 * The models of a workspace within a run: each try is decided by policy, borne by the budgets and recorded; a halt breaks it off. Errors (exit usage):
 * `workspace/models-not-committed`, `workspace/bad-config`, `workspace/model-outside`.
 */
export async function openModels(asked: ModelsAsked): Promise<OpenModels> {
  const { authority, morePolicies, env, open, agent, subagent, onDecision, onAlert } = asked;
  await requireCommittedModels(authority, env);
  const settings = { ...modelSettings(authority.config, env), ...asked.settings };
  const [{ openGateway }, { openAnswerCache }] = await Promise.all([import("../llm/gateway.ts"), import("../llm/answer-cache.ts")]);
  const actor: Actor = agent === undefined ? { kind: "person", name: personName() } : agentActor(open.ledger, agent, "R");
  const asking = new AsyncLocalStorage<ModelRole>();
  const alerted = (mark: Mark): void => {
    onAlert?.(alertWords(mark), mark);
    tellAlert(open, agent?.name, mark);
  };
  const gateway = openGateway({
    settings,
    ports: {
      permit: modelPermit({ authority, morePolicies, open, actor, role: () => asking.getStore(), onDecision }),
      purse: modelPurse({ open, budgets: authority.set.budgets, agent: agent?.name, subagent, onAlert: alerted }),
      env: keysOf(settings, env),
      mask: open.mask,
      cache: maskedCache(openAnswerCache(join(open.stateDir, "model-cache")), open.mask),
    },
  });
  const model: Model = {
    ask: (request, options) => asking.run(request.role, () => gateway.ask(request, { ...options, signal: AbortSignal.any([options.signal, open.stop]) })),
  };
  return { model, settings };
}

/** Once a month for a budget of the month, whatever run it is that comes near. What cannot be told is in the record. */
function tellAlert({ tell, run }: OpenRun, agent: string | undefined, mark: Mark): void {
  const { limit, account, dimension } = mark;
  const notice = {
    topic: "budget" as const,
    key: `alert ${limit} ${account} ${dimension}`,
    title: `Budget comes near its end: ${limit}`,
    text: alertWords(mark),
  };
  void tell?.({ ...notice, agent, command: `agentctl run show ${run}` }).catch(() => undefined);
}

/** What is kept of an answer is what is recorded of it. */
function maskedCache(cache: AnswerCache, mask: Mask): AnswerCache {
  return { get: (key) => cache.get(key), put: (key, value, ttlMs) => cache.put(key, mask(value), ttlMs) };
}

/** The variables of keys and nothing else: a gateway has no use for the rest. */
function keysOf({ providers }: ModelSettings, env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const names = Object.values(providers).flatMap(({ keyEnv }) => (keyEnv === undefined ? [] : [keyEnv]));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** `budgets/month: 80 % of 50 costUsd for the month 2026-11 is reached`, with what is reached. */
function alertWords({ limit, account, dimension, limitAmount, asked, left }: Mark): string {
  const taken = limitAmount - left + asked;
  const share = limitAmount === 0 ? 100 : Math.floor((taken / limitAmount) * 100);
  return `${limit}: ${share} % of ${limitAmount} ${dimension} for the ${account} are taken or set aside`;
}
