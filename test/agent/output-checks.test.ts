import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerCharactersMax, answerJson, checkAnswer } from "../../src/agent/output-checks.ts";
import { passagesOf } from "../../src/agent/passages.ts";

const facts = { keys: ["s1.2.1", "s1.3.1"], paths: ["data/sp500-daily.csv", "scratch/report.md"] };
const schema = {
  type: "object",
  additionalProperties: false,
  required: ["verdict"],
  properties: { verdict: { enum: ["good", "bad"] }, sharpe: { type: "number" }, source: { type: "string" } },
};

const sources = (answer: string, known = facts): string | undefined => checkAnswer(answer, { sources: true }, known)[0]?.problem;
const fits = (answer: string): string | undefined => checkAnswer(answer, { sources: false, schema }, facts)[0]?.problem;

test("only the checks that an agent has are made", () => {
  expect(checkAnswer("1", { sources: false }, facts)).toEqual([]);
  expect(checkAnswer("{}", { sources: true, schema }, facts).map(({ by }) => by)).toEqual(["schema", "sources"]);
});

describe("sources", () => {
  test.each([
    "The Sharpe ratio was 0.81 [s1.2.1].",
    "The Sharpe ratio was 0.81. [s1.2.1]",
    "It fell by 34 % in 2020 [data/sp500-daily.csv].",
    "It fell by 34 % [./data/sp500-daily.csv:120-130, s1.3.1].",
    "It fell by 34 % [/workspace/data/sp500-daily.csv].",
    "Nothing was computed, and sma20 in data/2020.csv was not read.",
    "1. First the data.\n2. Then the rules.",
    "The figures [s1.2.1]:\n\n| year | return |\n|---|---|\n| 2020 | 16 % |\n| 2021 | 27 % |",
    'As the skill printed [s1.3.1]:\n\n```json\n{ "sharpe": 0.81 }\n```',
    "See https://example.org/2020/10 for more.",
    "",
  ])("covered: %j", (answer) => expect(sources(answer)).toBeUndefined());

  test.each([
    ["a figure without one", "The Sharpe ratio was 0.81.", "- The Sharpe ratio was 0.81."],
    ["the second of two sentences", "It rose by 3 %. [s1.2.1] It fell by 5 %.", "- It fell by 5 %."],
    ["a line of a list", "- rose 3 % [s1.2.1]\n- fell 5 %", "- - fell 5 %"],
    ["a table that nothing introduces", "| 2020 | 16 % |", "- | 2020 | 16 % |"],
    ["a block of code", "```\nsharpe 0.81\n```", "0.81"],
    ["digits of other scripts", "Sie stieg um ٣ Prozent.", "٣"],
    ["a fraction", "About ½ of it.", "½"],
    ["an interval in brackets is no source", "Between [0.1, 0.9].", "[0.1, 0.9]"],
    ["a link is no source", "It rose by 3 % [s1.2.1](http://x.example).", "3 %"],
  ])("bare: %s", (_what, answer, passage) => {
    expect(sources(answer)).toContain("These give a figure and do not say where it comes from:");
    expect(sources(answer)).toContain(passage);
  });

  test("a source that this run never saw is named, also beside one that it did", () => {
    expect(sources("Sharpe 0.81 [s9.9.9].")).toMatch(/^\[s9\.9\.9\] is neither a tool call of this run nor a file that it read\.\nThese give a figure/);
    expect(sources("Sharpe 0.81 [s1.2.1, data/other.csv].")).toMatch(/^\[data\/other\.csv\] is neither/);
    expect(sources("No figure, but [data/other.csv].")).toMatch(/^\[data\/other\.csv\] is neither/);
  });

  test("the words say what could be cited, and of many faults only the first few", () => {
    expect(sources("It is 5.")).toContain("Sources of this run are e.g. [s1.2.1], [s1.3.1], [data/sp500-daily.csv], [scratch/report.md].");
    expect(sources("It is 5.", { keys: [], paths: [] })).toContain("Nothing was read yet, so no figure has a source: look first.");
    const many = sources(Array.from({ length: 40 }, (_, index) => `Line is ${index}.`).join("\n")) ?? "";
    expect(many).toContain("- and 35 more");
    expect(many.length).toBeLessThan(1_000);
  });

  test("in JSON an object's numbers are covered by a source in a text of its own or around it", () => {
    const both = (answer: unknown): string | undefined => checkAnswer(JSON.stringify(answer), { sources: true, schema: {} }, facts)[1]?.problem;
    expect(both({ sharpe: 0.81, source: "[s1.2.1]" })).toBeUndefined();
    expect(both({ sources: ["[s1.2.1]"], years: [{ year: 2020, return: 0.16 }] })).toBeUndefined();
    expect(both({ years: [{ year: 2020, source: "[s1.2.1]" }, { year: 2021 }] })).toContain("- years[1].year: 2021");
    expect(both({ text: "rose by 3 %" })).toContain("- text: rose by 3 %");
    expect(both({ text: "[s9.9.9]" })).toMatch(/^\[s9\.9\.9\] is neither/);
  });
});

describe("schema", () => {
  test.each(['{"verdict":"good"}', ' {"verdict":"bad","sharpe":0.8} \n', 'Here it is:\n\n```json\n{"verdict":"good"}\n```\n'])("fits: %j", (answer) =>
    expect(fits(answer)).toBeUndefined(),
  );

  test("what does not fit is said in words, with the key", () => {
    expect(fits('{"verdict":"god"}')).toBe(
      'The answer does not fit its schema:\n- "verdict" is "god"; allowed: good, bad (did you mean "good"?)\nAnswer again with all of it.',
    );
    expect(fits('{"sharpe":1}')).toContain('the document lacks the key "verdict"');
    expect(fits("It is good.")).toMatch(/^The answer is no JSON \(.*\)\. Answer with one JSON value, and nothing around it\.$/);
    expect(fits('```json\n{"verdict":"good"}\n```\nor\n```json\n{"verdict":"bad"}\n```')).toContain("has 2 blocks of json, and one is wanted");
    expect(fits('```json\n{"verdict":\n```')).toContain("has a block of json that is no JSON");
  });

  test("an inherited name is no answer", () => {
    expect(fits('{"__proto__":{"verdict":"good"}}')).toContain('lacks the key "verdict"');
  });

  test("a schema that never ends, and a value without end, are problems and no faults", () => {
    const tree = { $defs: { node: { type: "object", properties: { a: { $ref: "#/$defs/node" } } } }, $ref: "#/$defs/node" };
    const deep = `${'{"a":'.repeat(20_000)}{}${"}".repeat(20_000)}`;
    expect(checkAnswer(deep, { sources: false, schema: tree }, facts)[0]?.problem).toContain("it is nested too deep to be checked");
    const twice = { allOf: [{ $ref: "#/$defs/node" }, { $ref: "#/$defs/node" }] };
    const fan = { $defs: { node: { type: "array", items: twice } }, ...twice };
    expect(checkAnswer(`${"[".repeat(40)}${"]".repeat(40)}`, { sources: false, schema: fan }, facts)[0]?.problem).toContain("takes too long");
    expect(checkAnswer(`${"[".repeat(90_000)}5${"]".repeat(90_000)}`, { sources: true, schema: {} }, facts)[1]?.problem).toContain("nested too deep");
  });
});

test("an answer that is too long is none", () => {
  const checked = checkAnswer("x".repeat(answerCharactersMax + 1), { sources: true, schema }, facts);
  expect(checked.map(({ problem }) => problem?.slice(0, 34))).toEqual(Array.from({ length: 2 }, () => "the answer has 200001 characters; "));
});

test("any text is judged, soon, in words that are bounded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.array(fc.string({ unit: "binary" })), (answer, keys) => {
      for (const { problem } of checkAnswer(answer, { sources: true, schema }, { keys, paths: keys })) expect((problem ?? "").length).toBeLessThan(6_000);
    }),
  );
  for (const hard of ["a.[", "1. ", ". [aaa] ", "[", "|\n", "```\n", "a/", "[[1,"]) {
    const answer = hard.repeat(Math.floor(answerCharactersMax / hard.length));
    expect(checkAnswer(answer, { sources: true, schema }, facts)).toHaveLength(2);
  }
}, 20_000);

test("passages lose no figure", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("It rose.", " 3 % ", "\n", "| 4 |", "```", "e.g. ", "[s1.2.1]", "- ", "Then "), { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const digits = (of: string): string[] => (of.match(/[34]/g) ?? []).toSorted();
      const found = passagesOf(text).join("\n");
      expect(digits(text).every((digit) => found.includes(digit))).toBe(true);
      expect(digits(found).length).toBeGreaterThanOrEqual(digits(text).length);
    }),
  );
});

test("the JSON of an answer", () => {
  expect(answerJson("[1]")).toEqual({ value: [1] });
  expect(answerJson("a\n```json\n2\n```")).toEqual({ value: 2 });
});
