import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  errorLine,
  normaliseCause,
  opportunitiesOf,
  signatureOf,
  standingOf,
  touchesMore,
  type Earlier,
  type Sighting,
} from "../../src/proposal/opportunity.ts";

const failure = (more: Partial<Sighting> = {}): Sighting => ({
  question: "skill-failures",
  kind: "failure",
  subject: "skill",
  name: "recovery-time",
  text: "KeyError: 'adj_close'",
  count: 1,
  runs: ["r-aaaaaaaaaa"],
  lastMs: 1000,
  costUsd: 0,
  ...more,
});

const hex = (min: number, max: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: min, maxLength: max });
const idOf = fc.string({ unit: fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz"), minLength: 10, maxLength: 10 }).map((text) => `r-${text}`);
const timeOf = fc.date({ min: new Date(0), max: new Date("2099-01-01"), noInvalidDate: true }).map((date) => date.toISOString());
const segment = fc.string({ unit: fc.constantFrom(..."abcxyz019._-"), minLength: 1, maxLength: 12 });
const pathOf = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join("/")}`);
const numberOf = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(String);

test("the same cause with other ids, digests, times, paths and numbers has the same signature", () => {
  const varying = fc.record({ id: idOf, digest: hex(40, 64), uuid: fc.uuid(), time: timeOf, path: pathOf, number: numberOf, line: fc.nat() });
  const text = ({ id, digest, uuid, time, path, number, line }: Record<string, unknown>): string =>
    `ValueError: ${id as string} at ${time as string} in "${path as string}", line ${line as number}: got ${number as string} for ${digest as string} (${uuid as string})`;
  fc.assert(
    fc.property(varying, varying, (one, other) => {
      expect(signatureOf(failure({ text: text(one), count: 7, runs: [one.id], lastMs: one.line, quote: "a", input: "b", digest: one.digest }))).toBe(
        signatureOf(failure({ text: text(other) })),
      );
    }),
  );
});

test("another error, skill, kind or agent is another cause, and what is normalised stays so", () => {
  const [one, ...others] = [
    failure(),
    failure({ text: "KeyError: 'close'" }),
    failure({ name: "market-stats" }),
    failure({ kind: "flaky" }),
    failure({ agent: "quant" }),
  ].map(signatureOf);
  expect(new Set(others).size).toBe(4);
  expect(others).not.toContain(one);
  expect(one).toMatch(/^[0-9a-f]{24}$/);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const done = normaliseCause(text);
      expect(normaliseCause(done)).toBe(done);
      for (const gone of ["\n", "\u001b", "\u202e"]) expect(done).not.toContain(gone);
      expect(done.length).toBeLessThanOrEqual(300);
    }),
    { numRuns: 40 },
  );
});

test("no text takes long to normalise", () => {
  const startedMs = performance.now();
  for (const text of ["/".repeat(4000), "a/".repeat(2000), "0-".repeat(2000), "1.".repeat(2000), `${"a".repeat(3999)}!`, "http://".repeat(500)])
    normaliseCause(text);
  expect(performance.now() - startedMs).toBeLessThan(1000);
});

test("the last words that say what went wrong are found among those that do not", () => {
  const python = "Traceback (most recent call last):\n  File \"/work/skill/scripts/main.py\", line 9, in <module>\nKeyError: 'adj_close'\n";
  expect(errorLine(python)).toBe("KeyError: 'adj_close'");
  expect(errorLine("file:///work/skill/main.mjs:3\n  throw x\nTypeError: x is no function\n    at main (file:///w.mjs:3:9)\n\nNode.js v24.1.0\n")).toBe(
    "TypeError: x is no function",
  );
  expect(errorLine("loading\ncurl: (6) could not resolve\n\n")).toBe("curl: (6) could not resolve");
  expect(errorLine("")).toBe("");
});

test("sightings of one cause are one opportunity; often and dear comes first, whatever their order", () => {
  const sightings = [
    failure({ lastMs: 5, runs: ["r-1", "r-2"], count: 2, text: "KeyError: 'adj_close'", digest: "old" }),
    failure({ lastMs: 9, runs: ["r-3", "r-2", "r-4", "r-5", "r-6"], count: 5, digest: "new" }),
    failure({ name: "slow", kind: "slow-skill", count: 30 }),
    failure({ name: "dear", kind: "costly", count: 1, costUsd: 20 }),
  ];
  const ranked = opportunitiesOf(sightings);
  expect(ranked.map(({ name, count, score }) => [name, count, score])).toEqual([
    ["dear", 1, 201],
    ["recovery-time", 7, 35],
    ["slow", 30, 30],
  ]);
  expect(ranked[1]).toMatchObject({ runs: ["r-3", "r-2", "r-4", "r-5", "r-6"], digest: "new", lastMs: 9, cause: "KeyError: 'adj_close'" });
  fc.assert(
    fc.property(fc.shuffledSubarray(sightings, { minLength: 4 }), (shuffled) => {
      expect(opportunitiesOf(shuffled)).toEqual(ranked);
    }),
  );
});

test("what a draft touches beside its cause is named; signers and the lock are never part of one", () => {
  const skill = { subject: "skill" as const, name: "broken" };
  expect(touchesMore(skill, ["skills/broken/SKILL.md", "skills/broken/tests/a.py"])).toEqual([]);
  expect(touchesMore(skill, ["skills/broken2/SKILL.md", "skills/broken", "policies/signers", "skills/lock.yaml"])).toHaveLength(4);
  expect(touchesMore({ subject: "objective", name: "a-b" }, ["skills/new/SKILL.md", "skills/lock.yaml"])).toEqual(["skills/lock.yaml"]);
  expect(touchesMore({ subject: "policy", name: "tool.call", agent: "quant" }, ["policies/own/policy.yaml", "policies/signers", "Policies/own/x"])).toEqual([
    "policies/signers",
    "Policies/own/x",
  ]);
  expect(touchesMore({ subject: "tool", name: "query", agent: "quant" }, ["agents/quant/prompt.md", "agents/code/prompt.md"])).toEqual([
    "agents/code/prompt.md",
  ]);
});

test("a cause is proposed again only when its fix did not hold, or long after people said no", () => {
  const quietMs = 100;
  const at = (lastMs: number, nowMs: number, ...earlier: Omit<Earlier, "proposal">[]): string =>
    standingOf(
      lastMs,
      earlier.map((each, index) => ({ proposal: `p-${index}`, ...each })),
      { nowMs, quietMs },
    ).state;
  expect(at(10, 20)).toBe("new");
  expect(at(10, 20, { state: "open" })).toBe("known");
  expect(at(10, 20, { state: "landed", closedMs: 10 })).toBe("known");
  expect(at(11, 20, { state: "landed", closedMs: 10 })).toBe("again");
  expect(at(11, 20, { state: "landed", closedMs: 10 }, { state: "open" })).toBe("known");
  expect(at(11, 20, { state: "rolled-back", closedMs: 10 })).toBe("again");
  for (const state of ["rejected", "withdrawn"] as const) {
    expect(at(15, 20, { state, closedMs: 10 })).toBe("known");
    expect(at(15, 111, { state, closedMs: 10 })).toBe("new");
  }
  expect(at(15, 20, { state: "landed", closedMs: 5 }, { state: "rejected", closedMs: 12 })).toBe("known");
});
