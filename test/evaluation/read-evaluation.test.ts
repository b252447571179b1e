import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { place } from "../../src/base/finding.ts";
import { checkEvaluations, readEvaluations } from "../../src/evaluation/check.ts";

const good = `name: a
about: A test.
target: { skill: one }
cases:
  - name: first
    input: { n: 1 }
    files: { file: data.csv }
    expect: { output: { n: 1 } }
`;
const files = (text: string, more: Record<string, string> = { "data.csv": "x\n" }): { path: string; data: Uint8Array }[] =>
  Object.entries({ "evaluation.yaml": text, ...more }).map(([path, data]) => ({ path: `evaluations/a/${path}`, data: Buffer.from(data) }));
const told = (given: { path: string; data: Uint8Array }[]): string[] =>
  checkEvaluations(given).map((found) => `${found.rule} ${place(found)} ${found.message}`);

test("reads cases for a skill, an agent and a strategy; other rooms are not looked at", () => {
  const of = (name: string, target: string, one: string): { path: string; data: Uint8Array } => ({
    path: `evaluations/${name}/evaluation.yaml`,
    data: Buffer.from(`name: ${name}\nabout: A test.\ntarget: ${target}\ncases:\n  - ${one}\n`),
  });
  const { evaluations, names, findings } = readEvaluations([
    of("b", "{ agent: quant }", "{ name: one, objective: Do., script: evaluation.yaml, expect: { never: [shell], answer: ^x } }"),
    of("c", "{ strategy: sma-cross }", "{ name: one, expect: { metrics: { sharpe: { min: 0 } } } }"),
    ...files(good),
    { path: "evaluations/README.md", data: Buffer.from("# x\n") },
    { path: "skills/x/evaluation.yaml", data: Buffer.from("!!") },
  ]);
  expect(findings).toEqual([]);
  expect(names).toEqual(["a", "b", "c"]);
  expect(evaluations.map(({ name, target }) => `${name} ${target.kind} ${target.name}`)).toEqual(["a skill one", "b agent quant", "c strategy sma-cross"]);
});

test("is known by all its files", () => {
  const digest = (given: { path: string; data: Uint8Array }[]): string | undefined => readEvaluations(given).evaluations[0]?.digest;
  const one = digest(files(good));
  expect(digest(files(good).toReversed())).toBe(one);
  expect(digest(files(good, { "data.csv": "y\n" }))).not.toBe(one);
  expect(digest(files(`${good}# more\n`))).not.toBe(one);
});

describe("is refused, with the place", () => {
  test.each<[string, string, string]>([
    ["another name", good.replace("name: a", "name: b"), "evaluation/name evaluations/a/evaluation.yaml:1:7 it is called b and lies in a"],
    ["two targets", good.replace("{ skill: one }", "{ skill: one, agent: two }"), "evaluation/schema evaluations/a/evaluation.yaml:3:9"],
    ["no target", good.replace("{ skill: one }", "{}"), "evaluation/schema evaluations/a/evaluation.yaml:3:9"],
    ["a key of another kind", good.replace("input: { n: 1 }", "objective: x"), 'unknown key "objective"'],
    ["a typing mistake", good.replace("output:", "ouput:"), 'unknown key "ouput"'],
    ["no cases", good.replace(/cases:[^]*/, "cases: []\n"), '"cases" must NOT have fewer than 1 items'],
    ["a file that is not there", good.replace("data.csv", "../data.csv"), "evaluation/no-such-file evaluations/a/evaluation.yaml:7:20"],
    ["one name for two cases", good + good.slice(good.indexOf("  - name")), 'two cases are called "first"'],
    [
      "a pattern that RE2 cannot read",
      "name: a\nabout: A.\ntarget: { agent: q }\ncases:\n  - { name: x, objective: y, script: data.csv, expect: { answer: '(?=x)' } }\n",
      "RE2 cannot read this pattern",
    ],
    [
      "no bound",
      "name: a\nabout: A.\ntarget: { strategy: q }\ncases:\n  - { name: x, expect: { metrics: { sharpe: {} } } }\n",
      "sharpe has neither min nor max",
    ],
    ["a key twice", `${good}name: a\n`, 'the key "name" stands twice'],
  ])("%s", (_what, text, said) => {
    expect(told(files(text)).join("\n")).toContain(said);
    expect(readEvaluations(files(text)).evaluations).toEqual([]);
  });

  test("a folder without the file, a folder with a name that none can have, a stray file", () => {
    const data = Buffer.from("x");
    expect(told([{ path: "evaluations/a/data.csv", data }])).toEqual([
      "evaluation/no-file evaluations/a/evaluation.yaml there is no evaluations/a/evaluation.yaml",
    ]);
    expect(told([{ path: "evaluations/A b/evaluation.yaml", data }])[0]).toMatch(/^evaluation\/name /);
    expect(told([{ path: "evaluations/notes.txt", data }])[0]).toMatch(/^evaluation\/stray /);
  });
});

test("whatever the text, it answers with findings and never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.constantFrom(...good.split("\n")).chain((line) => fc.string().map((junk) => good.replace(line, junk))),
      ),
      (text) => {
        const { evaluations, findings } = readEvaluations(files(text));
        expect(evaluations.length === 1 || findings.length > 0).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
