import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fuse } from "../../src/memory/fuse.ts";
import { matchExpression, queryWords, snippetOf } from "../../src/memory/query.ts";

describe("fused rankings", () => {
  const ranking = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });

  test("hold each item of any ranking once, best first, whatever stands twice", () => {
    fc.assert(
      fc.property(fc.array(ranking, { maxLength: 4 }), (rankings) => {
        const fused = fuse(rankings);
        expect(fused.map(({ item }) => item).toSorted((a, b) => a - b)).toEqual([...new Set(rankings.flat())].toSorted((a, b) => a - b));
        expect(fused.map(({ score }) => score)).toEqual(fused.map(({ score }) => score).toSorted((a, b) => b - a));
        expect(fuse(rankings.map((each) => [...each, ...each]))).toEqual(fused);
      }),
    );
  });

  test("one ranking alone keeps its order, and what two agree on is never behind what both put lower", () => {
    fc.assert(
      fc.property(ranking, ranking, (a, b) => {
        expect(fuse([a]).map(({ item }) => item)).toEqual(a);
        const place = new Map(fuse([a, b]).map(({ item }, at) => [item, at]));
        for (const x of a) {
          for (const y of a) {
            if (b.includes(x) && b.includes(y) && a.indexOf(x) < a.indexOf(y) && b.indexOf(x) < b.indexOf(y))
              expect(place.get(x)).toBeLessThan(place.get(y) ?? -1);
          }
        }
      }),
    );
  });
});

describe("a query", () => {
  test("is words in quotes, whatever was typed", () => {
    expect(matchExpression(queryWords('costs" OR title:* NEAR(x) -- {a b} ^c'))).toBe('"costs" OR "title" OR "near" OR "x" OR "b" OR "c"');
    expect(matchExpression(queryWords("  *** \u0000 ??? "))).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(matchExpression(queryWords(text)) ?? '"x"').toMatch(/^"[\p{L}\p{N}\p{M}]+"( OR "[\p{L}\p{N}\p{M}]+")*$/u);
      }),
    );
  });

  test("leaves common words out, unless there are no others", () => {
    expect(queryWords("what is the cost of this")).toEqual(["cost"]);
    expect(queryWords("to be or not to be")).toEqual(["to", "be", "or", "not"]);
  });

  test("shows the place where a word stands, on one line, and never more than asked", () => {
    expect(snippetOf(`${"a ".repeat(300)}the costs\nwere high ${"b ".repeat(300)}`, ["costs"], 80)).toMatch(/^….*the costs were high.*…$/);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, query) => {
        const snippet = snippetOf(text, queryWords(query), 40);
        expect(snippet.length).toBeLessThanOrEqual(42);
        expect(snippet).not.toMatch(/\n/);
      }),
    );
  });
});
