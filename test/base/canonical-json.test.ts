import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";

test("members are sorted by UTF-16 code units, as RFC 8785 section 3.2.3 shows", () => {
  const input = { "€": "Euro", "\r": "CR", "\ufb33": "Hebrew", "1": "One", "😀": "Emoji", "\u0080": "Control", ö: "o" };
  expect(canonicalJson(input)).toBe('{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Emoji","\ufb33":"Hebrew"}');
});

test.each([
  [Number("333333333.33333329"), "333333333.3333333"],
  [1e30, "1e+30"],
  [4.5, "4.5"],
  [2e-3, "0.002"],
  [1e-27, "1e-27"],
  [-0, "0"],
])("the number %d is written %s", (number, text) => {
  expect(canonicalJson(number)).toBe(text);
});

test.each([[Number.NaN], [Infinity], ["\uD800"], [[undefined]], [10n], [{ a: { b: () => 1 } }]])("%s has no canonical form", (value) => {
  expect(() => canonicalJson(value)).toThrow(/no canonical JSON form/);
});

test("the place of what does not fit is named", () => {
  expect(() => canonicalJson({ a: [1, { b: Infinity }] })).toThrow("$.a[1].b holds the number Infinity");
});

const json = fc.jsonValue({ stringUnit: "grapheme" });

test("it reads back as the same value", () => {
  fc.assert(fc.property(json, (value) => void expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))));
});

test("the order of members does not matter", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), json), (record) => {
      expect(canonicalJson(Object.fromEntries(Object.entries(record).toReversed()))).toBe(canonicalJson(record));
    }),
  );
});
