import fc from "fast-check";
import { expect, test } from "vitest";
import {
  breachOf,
  declaredLevel,
  earnedLevel,
  effectiveLevel,
  missing,
  rejectionsMax,
  rolledBack,
  termsOf,
  type AutonomyFigures,
} from "../../src/policy/autonomy.ts";
import { riskClasses } from "../../src/policy/request.ts";

const level = fc.integer({ min: 1, max: 4 });
const riskClass = fc.constantFrom(...riskClasses);
const holder = fc.record({
  level,
  autonomy: fc.option(fc.record(Object.fromEntries(riskClasses.map((each) => [each, fc.option(level, { nil: undefined })]))), { nil: undefined }),
});
const weights = fc.array(fc.record({ declared: level, weight: fc.integer({ min: 1, max: 12 }) }), { maxLength: 6 });

test("a level is never above what agent.yaml declares, and always from 1 to 4", () => {
  fc.assert(
    fc.property(holder, riskClass, weights, (agent, of, breaches) => {
      const now = effectiveLevel(agent, of, breaches);
      expect(now).toBeLessThanOrEqual(declaredLevel(agent, of));
      expect(declaredLevel(agent, of)).toBeLessThanOrEqual(agent.level);
      expect(now).toBeGreaterThanOrEqual(1);
    }),
  );
});

test("a breach never raises a level, in whatever order they come, and one that weighs 3 lowers at once", () => {
  fc.assert(
    fc.property(holder, riskClass, weights, level, fc.constantFrom(1, 3), (agent, of, breaches, then, more) => {
      const before = effectiveLevel(agent, of, breaches);
      expect(effectiveLevel(agent, of, [...breaches, { declared: then, weight: more }])).toBeLessThanOrEqual(before);
      expect(effectiveLevel(agent, of, breaches.toReversed())).toBe(before);
      const declared = declaredLevel(agent, of);
      expect(effectiveLevel(agent, of, [{ declared, weight: 3 }])).toBe(Math.max(1, declared - 1));
      expect(effectiveLevel(agent, of, [{ declared, weight: 2 }])).toBe(declared);
    }),
  );
});

test("a lower declared level never gives more than the higher one had left, and a higher one begins anew", () => {
  fc.assert(
    fc.property(level, level, riskClass, weights, (a, b, of, breaches) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const left = effectiveLevel({ level: high }, of, breaches);
      expect(effectiveLevel({ level: low }, of, breaches)).toBeLessThanOrEqual(Math.min(low, left));
    }),
  );
  expect(effectiveLevel({ level: 3 }, "W", [{ declared: 4, weight: 6 }])).toBe(2);
  expect(effectiveLevel({ level: 4 }, "W", [{ declared: 3, weight: 9 }])).toBe(4);
});

test("what cannot be counted leaves level 1", () => {
  for (const weight of [Number.NaN, Infinity, -1]) expect(effectiveLevel({ level: 4 }, "W", [{ declared: 4, weight }])).toBe(1);
  expect(declaredLevel({ level: Number.NaN }, "W")).toBe(1);
});

test("terms are level and autonomy, by value: the same ones again are the same terms, another chance is another", () => {
  expect(termsOf({ level: 3, autonomy: { W: 2, N: 1 } })).toBe(termsOf({ level: 3, autonomy: { N: 1, W: 2 } }));
  const all = [{ level: 3 }, { level: 2 }, { level: 3, autonomy: { W: 3 } }, { level: 3, autonomy: { renewed: "2026-11-28" } }].map(termsOf);
  expect(new Set(all).size).toBe(all.length);
});

test("a denied use of credentials or trading is a breach of that class, and only the agent's own", () => {
  const denied = (of: string, effect = "deny", actor: object = { kind: "agent", name: "quant" }): object => ({
    effect,
    request: { action: "order.place", class: of, actor },
  });
  const said = (data: object): unknown => breachOf({ kind: "decision.made", data }, { agent: "quant" });
  expect(said(denied("T"))).toEqual({ classes: ["T"], weight: 3, what: "was denied order.place, which is of class T", once: "denied T" });
  expect(said(denied("C"))).toMatchObject({ classes: ["C"], weight: 3 });
  expect([denied("W"), denied("R"), denied("T", "allow"), denied("T", "two-key")].map(said)).toEqual([undefined, undefined, undefined, undefined]);
  expect(said(denied("T", "deny", { kind: "agent", name: "other" }))).toBeUndefined();
  expect(said(denied("T", "deny", { kind: "person", name: "quant" }))).toBeUndefined();
});

test("used-up tokens and money and a run of rejected answers weigh 1; time, iterations and one rejected answer nothing", () => {
  const said = (kind: string, data: object, rejections = 0): unknown => breachOf({ kind, data }, { agent: "quant", rejections });
  expect(said("limit.reached", { limit: "tokens" })).toMatchObject({ classes: riskClasses, weight: 1 });
  expect(said("limit.reached", { limit: "costUsd" })).toMatchObject({ weight: 1 });
  expect(said("limit.reached", { limit: "wallMs" })).toBeUndefined();
  expect(said("answer.judged", { accepted: false })).toBeUndefined();
  expect(said("answer.judged", { accepted: false }, rejectionsMax - 1)).toMatchObject({ classes: riskClasses, weight: 1 });
  expect(said("answer.judged", { accepted: true }, 9)).toBeUndefined();
  expect(rolledBack("p-1")).toMatchObject({ classes: ["W"], weight: 3 });
});

test("one level more is earned by enough successes, a sure rate and a clean record, and never two", () => {
  const good: AutonomyFigures = { successes: 20, judged: 20, low: 0.84, regressions: 0, incidents: 0, weight: 0 };
  expect(earnedLevel(2, good)).toBe(3);
  expect(earnedLevel(4, good)).toBe(4);
  for (const spoilt of [{ successes: 19 }, { low: 0.79 }, { regressions: 1 }, { incidents: 1 }, { weight: 1 }, { weight: Number.NaN }, { low: Number.NaN }]) {
    expect(earnedLevel(2, { ...good, ...spoilt })).toBe(2);
    expect(missing({ ...good, ...spoilt }).length).toBe(1);
  }
});
