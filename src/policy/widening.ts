import { canonicalJson } from "../base/canonical-json.ts";
import { readYaml, type SourceFile } from "../base/document.ts";
import { isGateLimit, stricter } from "../base/gate-limits.ts";
import { isMapping } from "../base/mapping.ts";
import { effects, type Effect } from "./request.ts";

type Yaml = Readonly<Record<string, unknown>>;

/**
 * What the texts of two sets of policies say about who may do more than before, one line each; nobody has to have asked for it yet. Leans to saying too much: a rule
 * whose conditions differ may let more through, and only people can tell.
 */
export function wideningOf(before: readonly SourceFile[], after: readonly SourceFile[]): string[] {
  const [old, now] = [policiesOf(before), policiesOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return names.flatMap((name) => [
    ...ofRules(name, listOf(old.get(name), "rules"), listOf(now.get(name), "rules")),
    ...ofBudgets(name, listOf(old.get(name), "budgets"), listOf(now.get(name), "budgets")),
    ...ofGates(name, old.get(name)?.["gates"], now.get(name)?.["gates"]),
    ...(old.get(name)?.["approvals"] !== undefined && now.get(name)?.["approvals"] === undefined
      ? [`${name}: answers to approvals need no signature any more`]
      : []),
  ]);
}

/** Whether an answer became less strict. */
export function isWider(from: Effect, to: Effect): boolean {
  return effects.indexOf(to) < effects.indexOf(from);
}

function policiesOf(files: readonly SourceFile[]): Map<string, Yaml> {
  return new Map(
    files.flatMap((file): [string, Yaml][] => {
      const name = /^policies\/([^/]+)\/policy\.yaml$/.exec(file.path)?.[1];
      const value = name === undefined ? undefined : readYaml(file).document?.value;
      return name === undefined || !isMapping(value) ? [] : [[name, value]];
    }),
  );
}

function listOf(policy: Yaml | undefined, key: string): Map<string, Yaml> {
  const list = policy?.[key];
  return new Map(
    (Array.isArray(list) ? list : []).flatMap((each): [string, Yaml][] => (isMapping(each) && typeof each["id"] === "string" ? [[each["id"], each]] : [])),
  );
}

function ofRules(policy: string, before: Map<string, Yaml>, after: Map<string, Yaml>): string[] {
  const said: string[] = [];
  for (const [id, rule] of before) {
    const now = after.get(id);
    const effect = effectOf(rule);
    if (now === undefined) {
      if (effect !== "allow") said.push(`${policy}/${id}: the rule that says ${effect} is gone`);
      continue;
    }
    const changed = effectOf(now);
    if (isWider(effect, changed)) said.push(`${policy}/${id}: ${effect} became ${changed}`);
    const parts = Object.keys({ ...rule, ...now }).filter(
      (key) => !["id", "effect", "reason", "would", "examples"].includes(key) && !same(rule[key], now[key]),
    );
    if (parts.length > 0) said.push(`${policy}/${id}: says ${changed} of something else now (${parts.join(", ")})`);
  }
  for (const [id, rule] of after) if (!before.has(id) && effectOf(rule) === "allow") said.push(`${policy}/${id}: a new rule that allows`);
  return said;
}

function effectOf(rule: Yaml): Effect {
  return effects.find((effect) => effect === rule["effect"]) ?? "deny";
}

function ofBudgets(policy: string, before: Map<string, Yaml>, after: Map<string, Yaml>): string[] {
  return [...before].flatMap(([id, budget]) => {
    const now = after.get(id);
    if (now === undefined) return [`${policy}/${id}: the budget is gone`];
    const [old, limits] = [mapping(budget["limits"]), mapping(now["limits"])];
    const raised = Object.entries(old).flatMap(([name, limit]) => {
      const to = limits[name];
      if (to === undefined) return [`${policy}/${id}: the limit of ${name} is gone`];
      return Number(to) > Number(limit) ? [`${policy}/${id}: ${name} rises from ${String(limit)} to ${String(to)}`] : [];
    });
    const others = ["scope", "match", "rateUsd"].filter((key) => !same(budget[key], now[key]));
    return others.length === 0 ? raised : [...raised, `${policy}/${id}: concerns something else now (${others.join(", ")})`];
  });
}

function ofGates(policy: string, before: unknown, after: unknown): string[] {
  const now = mapping(after);
  return Object.entries(mapping(before)).flatMap(([name, limit]) => {
    const to = now[name];
    if (to === undefined) return [`${policy}/gates/${name}: the limit is gone`];
    const loose = isGateLimit(name) && to !== limit && stricter(name, Number(limit), Number(to)) === Number(limit);
    return loose ? [`${policy}/gates/${name}: loosened from ${String(limit)} to ${String(to)}`] : [];
  });
}

function mapping(value: unknown): Yaml {
  return isMapping(value) ? value : {};
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
