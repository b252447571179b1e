import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCases, judgeReplay } from "../../src/evaluation/compare.ts";
import { difference, judgeAgent, judgeSkill, judgeStrategy, type CaseVerdict } from "../../src/evaluation/judge.ts";
import type { SkillCase } from "../../src/evaluation/cases.ts";

const came = { outcome: "ok", output: { n: 1, more: [1, { a: "x" }] }, artifacts: ["a.png"], durationMs: 100 };
const skill = (expected: SkillCase["expect"]): string | undefined => judgeSkill({ name: "c", expect: expected }, came).why;

describe("a skill", () => {
  test.each<[string, SkillCase["expect"], string | undefined]>([
    ["ends well", {}, undefined],
    ["does not end as it has to", { outcome: "failed" }, "it ended ok, not failed"],
    ["says more than it has to", { output: { n: 1 } }, undefined],
    ["says more than it may", { output: { n: 1 }, exact: true }, "the output holds more than it may"],
    ["another number", { output: { n: 1.1 } }, "the output.n is not the number it has to be"],
    ["a number within the tolerance", { output: { n: 1.01 }, tolerance: 0.02 }, undefined],
    ["a number that is a text", { output: { more: [1, { a: 1 }] } }, "the output.more[1].a is not the number it has to be"],
    ["a shorter list", { output: { more: [1] } }, "the output.more is not as long as it has to be"],
    ["what is lacking", { output: { less: null } }, "the output lacks less"],
    ["files", { artifacts: ["a.png"] }, undefined],
    ["no file", { artifacts: ["b.png"] }, "it gave back no b.png"],
    ["too slow", { maxMs: 99 }, "it took longer than 99 ms"],
  ])("%s", (_what, expected, why) => {
    expect(skill(expected)).toBe(why);
  });

  test("no reason holds what had to come out", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.double({ noNaN: true, noDefaultInfinity: true }), (text, number) => {
        const secret = `held-out-${text}`;
        const why = [difference(secret, number, how), difference(number, secret, how), difference({ a: [secret] }, { a: [text] }, how)].join(" ");
        expect(why).not.toContain(secret);
      }),
    );
  });

  test("a value fits itself, and nothing that is no mapping fits one", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(difference(value, JSON.parse(JSON.stringify(value)), how)).toBeUndefined();
      }),
    );
    for (const other of [undefined, null, 1, "x", []]) expect(difference({ a: 1 }, other, how)).toBeDefined();
    expect(difference({ toString: 1 }, {}, how)).toBe("the output lacks toString");
  });
});
const how = { exact: true, tolerance: 1e-9 };

test("an agent: how it ends, what it could call and could not, its answer, its steps and tokens", () => {
  const of = (expected: Parameters<typeof judgeAgent>[0]["expect"]): string | undefined =>
    judgeAgent(
      { name: "c", objective: "o", script: "s", expect: expected },
      { outcome: "ok", answer: "done: 3", calls: ["read_file"], iterations: 3, tokens: 900 },
    ).why;
  expect(of({ calls: ["read_file"], never: ["shell"], answer: "done: [0-9]", maxIterations: 3, maxTokens: 900 })).toBeUndefined();
  expect(of({ outcome: "waiting" })).toBe("it ended ok, not waiting");
  expect(of({ calls: ["shell"] })).toBe("it could not call shell");
  expect(of({ never: ["read_file"] })).toBe("it could call read_file");
  expect(of({ answer: "^3" })).toBe("its answer does not match");
  expect(of({ maxIterations: 2 })).toBe("it asked the model more than 2 times");
  expect(of({ maxTokens: 899 })).toBe("it took more than 899 tokens");
});

test("a strategy: bounds hold; a figure that is undefined, or that there is not, fits none", () => {
  const of = (metrics: Record<string, { min?: number; max?: number }>): string | undefined =>
    judgeStrategy({ name: "c", expect: { metrics } }, { ok: true, metrics: { sharpe: 0.5, sortino: null } }).why;
  expect(of({ sharpe: { min: 0.5, max: 0.5 } })).toBeUndefined();
  expect(of({ sharpe: { min: 0.6 } })).toBe("sharpe is below its bound");
  expect(of({ sharpe: { max: 0.4 } })).toBe("sharpe is above its bound");
  expect(of({ sortino: { min: -9 } })).toBe("sortino is undefined");
  expect(of({ constructor: { min: 0 } })).toBe("there is no figure constructor");
  expect(judgeStrategy({ name: "c", expect: { metrics: {} } }, { ok: false, why: "x" }).passed).toBe(false);
});

const verdict = (name: string, passed: boolean): CaseVerdict => ({ name, passed });

test("what got worse: passed today, or asked for the first time; what fails today too is nothing that the change has done", () => {
  const base = [verdict("a", true), verdict("b", false), verdict("c", false), verdict("d", true)];
  const compared = compareCases(base, [verdict("a", false), verdict("b", false), verdict("c", true), verdict("d", true)]);
  expect([compared.worse, compared.still, compared.better].map((list) => list.map(({ name }) => name))).toEqual([["a"], ["b"], ["c"]]);
  expect([compared.cases, compared.passed]).toEqual([4, 2]);
  expect(compareCases(undefined, [verdict("a", false)]).worse).toHaveLength(1);
  expect(compareCases([verdict("a", true), verdict("b", true)], [verdict("a", true)]).worse.map(({ name }) => name)).toEqual(["b"]);
});

test("a replay: base has to end well; head has to, and has to keep what base declares; another answer counts where base is steady", () => {
  const side = (outcome: string, fits = true): { outcome: string; output: unknown; fits: boolean } => ({ outcome, output: 1, fits });
  expect(judgeReplay(side("failed"), side("failed"), true, true)).toBe("no-use");
  expect(judgeReplay(side("ok"), side("timeout"), true, false)).toBe("worse");
  expect(judgeReplay(side("ok"), side("ok", false), true, false)).toBe("worse");
  expect(judgeReplay(side("ok"), side("ok"), true, false)).toBe("other");
  expect(judgeReplay(side("ok"), side("ok"), false, false)).toBe("same");
  expect(judgeReplay(side("ok"), side("ok"), true, true)).toBe("same");
});
