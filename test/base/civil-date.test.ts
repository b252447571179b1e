import fc from "fast-check";
import { expect, test } from "vitest";
import { civilDate } from "../../src/base/civil-date.ts";

test("days are the dates that the platform's own calendar has", () => {
  fc.assert(
    fc.property(fc.integer({ min: -700_000, max: 700_000 }), (days) => {
      const date = new Date(days * 86_400_000);
      expect(civilDate(days)).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
    }),
  );
});
