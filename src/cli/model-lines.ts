import { share } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import type { ListedModel, ListedProvider, ListedTier, ModelList, MonthlyBudget } from "../operations/list-models.ts";
import type { TestedModel } from "../operations/probe-model.ts";
import { clip } from "./clip.ts";
import { paint } from "./paint.ts";
import { table } from "./table.ts";

/** Tiers with their models and prices; providers; what the month has taken. */
export function modelList({ tiers, providers, month, budgets }: ModelList): string[] {
  const models = tiers.flatMap((tier) => tier.models.map((model, index) => modelRow(tier, model, index)));
  return [
    ...table(models, ["tier", "roles", "model", "USD/M in", "USD/M out", "price from", "lacks"]),
    "",
    ...table(providers.map(providerRow), ["provider", "kind", "where", "key"]),
    "",
    ...(budgets.length === 0 ? [`month ${month}  no budget of a month`] : budgets.map((budget) => monthLine(month, budget))),
  ];
}

function modelRow({ name, roles }: ListedTier, { model, lacks, price }: ListedModel, index: number) {
  const first = index === 0;
  return {
    tier: first ? name : "",
    roles: first ? roles.join(" ") : "",
    model,
    "USD/M in": price === undefined ? "-" : usd(price.inputUsd),
    "USD/M out": price === undefined ? "-" : usd(price.outputUsd),
    "price from": price === undefined ? "unknown: refused" : price.from,
    lacks: lacks ?? "",
  };
}

function providerRow({ name, kind, where, keyEnv, key, lacks }: ListedProvider) {
  const there = keyEnv === undefined && lacks !== undefined ? `${where} (not there)` : where;
  return { provider: name, kind, where: there, key: keyEnv === undefined ? "no key" : `${keyEnv} ${key === "set" ? "is set" : "is not set"}` };
}

function monthLine(month: string, { budget, dimension, taken, limit, alertAt, state }: MonthlyBudget): string {
  const amount = (value: number): string => (dimension === "costUsd" ? `${usd(value)} USD` : `${value} tokens`);
  const part = limit === 0 ? "" : `  ${share(taken / limit)}`;
  const word = state === "below" ? "" : `  ${paint(state === "near" ? "yellow" : "red", state === "near" ? "near its end" : "reached", process.stdout)}`;
  return `month ${month}  ${budget}  ${amount(taken)} of ${amount(limit)}${part}${word}  alert at ${share(alertAt)}`;
}

/** Up to six decimals, as many as there are. */
function usd(value: number): string {
  return String(Number(value.toFixed(6)));
}

/** What each model did, as a table. */
export function testedTable(models: readonly TestedModel[]): string[] {
  const rows = models.map((tested) => ({
    model: tested.model,
    outcome: tested.outcome,
    "first text": tested.firstTextMs === undefined ? "" : `${tested.firstTextMs} ms`,
    total: tested.outcome === "ok" ? `${tested.totalMs} ms` : "",
    in: tested.inputTokens,
    out: tested.outputTokens,
    USD: usd(tested.costUsd),
    tools: tested.toolCalls,
  }));
  return table(rows, ["model", "outcome", "first text", "total", "in", "out", "USD", "tools"]);
}

const whyCharactersMax = 200;

/** One model as soon as it is known; why not, and the mend. What it quotes came from elsewhere. */
export function testedLines({ model, outcome, why, mend, totalMs }: TestedModel): string[] {
  if (outcome === "ok") return [`${model}  ok  ${totalMs} ms`];
  return [
    `${model}  ${paint("red", outcome)}${why === undefined ? "" : `  ${clip(safeText(why, { oneLine: true }), whyCharactersMax)}`}`,
    ...(mend === undefined ? [] : [`mend   ${safeText(mend)}`]),
  ];
}
