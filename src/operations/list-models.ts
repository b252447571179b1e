import { existsSync } from "node:fs";
import { modelRoles, type ModelRole } from "../agent/model.ts";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { openRepository } from "../git/repository.ts";
import { openBudgets } from "../ledger/budgets.ts";
import { modelsFor, type Candidate } from "../llm/choose-models.ts";
import { globMatches, ratesOf } from "../llm/prices.ts";
import type { ModelSettings, ProviderSettings } from "../llm/settings.ts";
import type { Budget } from "../policy/budget.ts";
import { loadConfig, type EffectiveConfig } from "../workspace/config.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { uncommittedModels } from "./committed-models.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { monthNow } from "./model-purse.ts";
import { modelSettings } from "./model-settings.ts";

/** US dollars per million tokens, of a short input, and where they come from. */
export interface ListedPrice {
  inputUsd: number;
  outputUsd: number;
  /** Where models.prices stand (`agentctl.yaml:12`); `price data` of the package; `no charge`; `rate of a budget`, because nobody knows. */
  from: string;
}

export interface ListedModel {
  /** `provider/model` */
  model: string;
  /** Why it cannot be asked here; undefined when nothing is missing. */
  lacks: string | undefined;
  /** Undefined: nobody knows, and it is refused. */
  price: ListedPrice | undefined;
}

export interface ListedTier {
  /** A tier, or the `provider/model` that a role has in its place. */
  name: string;
  roles: ModelRole[];
  models: ListedModel[];
}

export interface ListedProvider {
  name: string;
  kind: ProviderSettings["kind"];
  /** The address, or the file. */
  where: string;
  /** The variable of its key; its value is nowhere. */
  keyEnv: string | undefined;
  key: "set" | "missing" | "none";
  lacks: string | undefined;
}

export interface MonthlyBudget {
  budget: string;
  dimension: "costUsd" | "tokens";
  taken: number;
  limit: number;
  /** Share at which it is told that the limit comes near. */
  alertAt: number;
  state: "below" | "near" | "reached";
}

export interface ModelList {
  tiers: ListedTier[];
  providers: ListedProvider[];
  /** E.g. 2026-11. */
  month: string;
  budgets: MonthlyBudget[];
  /** What on disk is not what the commit has: no model is asked until it is committed. */
  uncommitted: string[];
}

/** The tiers, models and providers in force, what they cost, and what the month has taken. Nothing is asked of any model. */
export async function listModels(asked: { cwd: string; env: NodeJS.ProcessEnv }): Promise<ModelList> {
  const workspace = findWorkspace(asked.cwd, asked.env, { initialised: true });
  const config = loadConfig(workspace.root, asked.env);
  const settings = modelSettings(config, asked.env);
  const authority = await authorityOrNone(asked);
  const budgets = authority?.set.budgets ?? [];
  const repository = authority?.repository ?? openRepository(workspace);
  const uncommitted = await uncommittedModels({ config, repository, commit: authority?.commit }, asked.env);
  return {
    tiers: await listTiers({ settings, config, env: asked.env, budgets }),
    providers: Object.entries(settings.providers).map(([name, provider]) => listProvider(name, provider, asked.env)),
    month: monthNow(),
    budgets: monthlyBudgets(workspace, budgets),
    uncommitted: uncommitted.map(({ found }) => found),
  };
}

/** Before the first commit nothing decides, and the list is worth having all the same. */
export async function authorityOrNone({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Authority | undefined> {
  try {
    return await loadAuthority(cwd, env);
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "workspace/no-commit") return undefined;
    throw thrown;
  }
}

interface Listing {
  settings: ModelSettings;
  config: EffectiveConfig;
  env: NodeJS.ProcessEnv;
  budgets: readonly Budget[];
}

async function listTiers(listing: Listing): Promise<ListedTier[]> {
  const { settings, env } = listing;
  const names = [...new Set([...Object.keys(settings.tiers), ...modelRoles.map((role) => settings.roles[role])])];
  const listed = async (candidate: Candidate): Promise<ListedModel> => ({
    model: candidate.id,
    lacks: listProvider(candidate.providerName, candidate.provider, env).lacks,
    price: await priceOf(listing, candidate),
  });
  return Promise.all(
    names.map(async (name) => ({
      name,
      roles: modelRoles.filter((role) => settings.roles[role] === name),
      models: await Promise.all(modelsFor(settings, name).map(listed)),
    })),
  );
}

async function priceOf({ settings, config, budgets }: Listing, candidate: Candidate): Promise<ListedPrice | undefined> {
  const rates = await ratesOf(settings, candidate, candidate.provider.baseUrl, systemClock.nowMs());
  const [inputUsd, outputUsd] = [rates?.input[0]?.usd, rates?.output[0]?.usd];
  if (rates !== undefined && inputUsd !== undefined && outputUsd !== undefined) {
    return { inputUsd, outputUsd, from: rates.source === "settings" ? originOf(settings, config, candidate) : rates.source };
  }
  const known = budgets.flatMap(({ rateUsd, concerns }) => (rateUsd !== undefined && concerns(undefined) ? [rateUsd] : []));
  const rateUsd = Math.max(...known);
  return known.length === 0 ? undefined : { inputUsd: rateUsd, outputUsd: rateUsd, from: "rate of a budget" };
}

/** Where the price stands; one that nobody wrote is that of this machine's own models. */
function originOf(settings: ModelSettings, config: EffectiveConfig, { id }: Candidate): string {
  const pattern = Object.keys(settings.prices).find((glob) => globMatches(glob, id)) ?? "";
  const written = Object.hasOwn(config.values.models.prices, pattern);
  return written ? (config.entries.find(({ key }) => key === "models.prices")?.origin ?? "") : "no charge";
}

/** A provider, and what it lacks here. */
export function listProvider(name: string, { kind, baseUrl, file, keyEnv }: ProviderSettings, env: NodeJS.ProcessEnv): ListedProvider {
  const key = keyEnv === undefined ? "none" : (env[keyEnv] ?? "").trim() === "" ? "missing" : "set";
  const where = baseUrl ?? file ?? "";
  const noFile = file !== undefined && !existsSync(file) ? `${file} is not there` : undefined;
  return { name, kind, where, keyEnv, key, lacks: key === "missing" ? `${keyEnv} is not set` : noFile };
}

/** What the budgets of a month have taken, dimension by dimension; those that concern only some agents are left out. */
export function monthlyBudgets({ stateDir }: Workspace, budgets: readonly Budget[]): MonthlyBudget[] {
  const monthly = budgets.filter(({ scope, concerns }) => scope === "month" && concerns(undefined));
  const books = withLedger(stateDir, (ledger) => openBudgets(ledger, monthly).taken({ month: monthNow(), run: "" })) ?? [];
  return monthly.flatMap(({ id, limits, alertAt }) =>
    (["costUsd", "tokens"] as const).flatMap((dimension): MonthlyBudget[] => {
      const limit = limits[dimension];
      if (limit === undefined) return [];
      const taken = books.find(({ budget }) => budget === id)?.taken[dimension] ?? 0;
      const state = taken >= limit ? "reached" : taken >= limit * alertAt ? "near" : "below";
      return [{ budget: id, dimension, taken, limit, alertAt, state }];
    }),
  );
}
