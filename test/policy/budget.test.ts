import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, dimensions, exact, exactly, nothing, type Amounts, type Dimension, type Exact } from "../../src/policy/amounts.ts";
import { reserve, scopes, settle, type Account, type Budget, type Scope } from "../../src/policy/budget.ts";

function budget(scope: Scope, limits: Amounts, more: Partial<Budget> = {}): Budget {
  return { id: `budgets/${scope}`, scope, concerns: () => true, limits, alertAt: 0.8, file: "policies/budgets/policy.yaml", line: 1, ...more };
}

const account = (scope: Scope, limits: Amounts, taken: Amounts = {}, more: Partial<Budget> = {}): Account => ({
  id: scope,
  budget: budget(scope, limits, more),
  taken: exactly(taken),
});

/** The limits that a reservation announces. */
function alerts(taken: number, asked: number): string[] {
  const answer = reserve([account("month", { costUsd: 50 }, { costUsd: taken })], { amounts: { costUsd: asked } });
  return answer.granted ? answer.alerts.map((alert) => `${alert.limit} ${alert.dimension}`) : ["refused"];
}

describe("reserve", () => {
  test("grants what every account can bear, to the last millionth", () => {
    const accounts = [account("month", { costUsd: 50 }, { costUsd: 49.9 }), account("run", { costUsd: 5, tokens: 100 })];
    expect(reserve(accounts, { amounts: { costUsd: 0.1, tokens: 100 } })).toMatchObject({ granted: true, amounts: exactly({ costUsd: 0.1, tokens: 100 }) });
    expect(reserve(accounts, { amounts: { costUsd: 0.100_001 } })).toEqual({
      granted: false,
      limit: "budgets/month",
      account: "month",
      dimension: "costUsd",
      limitAmount: 50,
      asked: 0.100_001,
      left: 0.1,
      reason: "budgets/month: 0.100001 costUsd asked, 0.1 left of 50 for the month",
    });
  });

  test("names the limit with the smallest share left", () => {
    const accounts = [account("month", { costUsd: 50 }, { costUsd: 45 }), account("agent", { costUsd: 3 }, { costUsd: 2.9 })];
    expect(reserve(accounts, { amounts: { costUsd: 10 } })).toMatchObject({ granted: false, limit: "budgets/agent" });
  });

  test("a limit of nothing refuses anything, asking for nothing is granted", () => {
    expect(reserve([account("month", { riskUsd: 0 })], { amounts: { riskUsd: 0.01 } })).toMatchObject({ granted: false, left: 0 });
    expect(reserve([account("month", { riskUsd: 0 })], { amounts: { tokens: 10 } })).toMatchObject({ granted: true });
    expect(reserve([account("run", { costUsd: 1 }, { costUsd: 7 })], { amounts: { tokens: 1 } })).toMatchObject({ granted: true });
    expect(reserve([account("run", { costUsd: 1 }, { costUsd: 7 })], { amounts: { costUsd: 0.01 } })).toMatchObject({ granted: false, left: 0 });
  });

  test("an unknown price takes the highest rate, and without a rate it is refused", () => {
    const ask = { amounts: { tokens: 1_500_000 }, priceKnown: false };
    expect(reserve([account("run", { costUsd: 100 })], ask)).toMatchObject({ granted: false, limit: "base/unknown-price" });
    const rated = [account("month", { costUsd: 100 }, {}, { rateUsd: 10 }), account("run", { costUsd: 100 }, {}, { rateUsd: 20 })];
    expect(reserve(rated, ask)).toMatchObject({ granted: true, amounts: { costUsd: 30_000_000n, tokens: 1_500_000n } });
    expect(reserve(rated, { amounts: { tokens: 1 }, priceKnown: false })).toMatchObject({ amounts: { costUsd: 20n } });
  });

  test("announces a limit once, when it comes near", () => {
    expect(alerts(39, 0.99)).toEqual([]);
    expect(alerts(39, 1)).toEqual(["budgets/month costUsd"]);
    expect(alerts(40, 1)).toEqual([]);
    expect(alerts(0, 50)).toEqual(["budgets/month costUsd"]);
  });
});

describe("settle", () => {
  test("counts what was spent; more than was reserved is named", () => {
    const reserved = exactly({ costUsd: 0.1, tokens: 100 });
    expect(settle(reserved, { costUsd: 0.05, tokens: 80 })).toEqual({ spent: exactly({ costUsd: 0.05, tokens: 80 }), overrun: undefined });
    expect(settle(reserved, { costUsd: 0.15, tokens: 80 })).toEqual({ spent: exactly({ costUsd: 0.15, tokens: 80 }), overrun: { costUsd: 0.05 } });
  });

  test("is never above the reservation in silence", () => {
    const amounts = fc.record(Object.fromEntries(dimensions.map((name) => [name, fc.integer({ min: 0, max: 1_000 })]))) as fc.Arbitrary<Amounts>;
    fc.assert(
      fc.property(amounts, amounts, (reserved, spent) => {
        const { spent: counted, overrun } = settle(exactly(reserved), spent);
        for (const name of dimensions) {
          expect(counted[name]).toBe(exactly(spent)[name]);
          const over = (spent[name] ?? 0) - (reserved[name] ?? 0);
          expect(overrun?.[name] ?? 0).toBeCloseTo(Math.max(0, over), 6);
        }
      }),
    );
  });
});

describe("any sequence of reservations", () => {
  const asks = fc.array(
    fc.record({
      agent: fc.constantFrom("a", "b"),
      subagent: fc.constantFrom("x", "y"),
      run: fc.constantFrom("r1", "r2"),
      costUsd: fc.integer({ min: 0, max: 400 }).map((cents) => cents / 100),
      tokens: fc.integer({ min: 0, max: 50 }),
      after: fc.constantFrom("keep", "settle", "release"),
    }),
    { maxLength: 40 },
  );
  const limits: Record<Scope, Amounts> = {
    month: { costUsd: 10, tokens: 300 },
    run: { costUsd: 7.5, tokens: 200 },
    agent: { costUsd: 5, tokens: 100 },
    subagent: { costUsd: 2.2, tokens: 60 },
  };

  test("what is granted stays within every limit, at every level", () => {
    fc.assert(
      fc.property(asks, (list) => {
        const books = new Map<string, Exact>();
        for (const ask of list) {
          const keys: Record<Scope, string> = {
            month: "m",
            run: ask.run,
            agent: `${ask.run}/${ask.agent}`,
            subagent: `${ask.run}/${ask.agent}/${ask.subagent}`,
          };
          const accounts = scopes.map((scope): Account => ({
            id: keys[scope],
            budget: budget(scope, limits[scope]),
            taken: books.get(keys[scope]) ?? nothing,
          }));
          const answer = reserve(accounts, { amounts: { costUsd: ask.costUsd, tokens: ask.tokens } });
          if (!answer.granted) {
            const names: Dimension[] = ["costUsd", "tokens"];
            const fitsAll = accounts.every((each) =>
              names.every((name) => each.taken[name] + exact(name, ask[name as "tokens"]) <= exact(name, each.budget.limits[name] ?? 0)),
            );
            if (fitsAll) throw new Error(`refused although it fits: ${answer.reason}`);
            continue;
          }
          const counted =
            ask.after === "release"
              ? nothing
              : ask.after === "settle"
                ? settle(answer.amounts, { costUsd: ask.costUsd / 2, tokens: ask.tokens }).spent
                : answer.amounts;
          for (const scope of scopes) {
            const taken = add(books.get(keys[scope]) ?? nothing, counted);
            books.set(keys[scope], taken);
            expect(taken.costUsd <= exact("costUsd", limits[scope].costUsd ?? 0)).toBe(true);
            expect(taken.tokens <= BigInt(limits[scope].tokens ?? 0)).toBe(true);
          }
        }
      }),
    );
  });
});
