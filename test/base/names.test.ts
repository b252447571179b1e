import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "../../src/base/clock.ts";
import { sha256 } from "../../src/base/digest.ts";
import { place } from "../../src/base/finding.ts";
import { newId } from "../../src/base/ids.ts";
import { nearest } from "../../src/base/suggest.ts";

test("an id is its prefix and ten letters of chance", () => {
  expect(newId("r", () => Uint8Array.from([0, 1, 2, 3, 4, 5, 10, 31, 32, 255]))).toBe("r-012345az0z");
  expect(newId("d")).toMatch(/^d-[0-9a-hjkmnp-tv-z]{10}$/);
  expect(new Set(Array.from({ length: 1000 }, () => newId("r"))).size).toBe(1000);
});

test("the nearest name is offered when it is near", () => {
  expect(nearest("efect", ["id", "effect"])).toBe("effect");
  expect(nearest("Timeout", ["timeoutMs", "cpus"])).toBe("timeoutMs");
  expect(nearest("banana", ["id", "effect"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});

test("a name is nearest to itself", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, selector: (name) => name.toLowerCase() }),
      (names) => void expect(nearest(names[0]!, names)).toBe(names[0]),
    ),
  );
});

test("a place is as much as is known", () => {
  expect(place({ file: "a.yaml", line: 3, column: 5 })).toBe("a.yaml:3:5");
  expect(place({ file: "a.yaml" })).toBe("a.yaml");
  expect(place({})).toBe("");
});

test("digests and times are in their standard forms", () => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(isoTime(0)).toBe("1970-01-01T00:00:00.000Z");
});
