import { expect, test } from "vitest";
import { parseUntil, wantedGrant } from "../../src/cli/until.ts";

/** A Saturday. */
const nowMs = Date.UTC(2026, 10, 28, 23, 59);

test.each([
  ["0d", "2026-11-29T00:00:00.000Z"],
  ["7d", "2026-12-06T00:00:00.000Z"],
  ["friday", "2026-12-05T00:00:00.000Z"],
  ["Sat", "2026-11-29T00:00:00.000Z"],
  ["sunday", "2026-11-30T00:00:00.000Z"],
  ["2026-12-04", "2026-12-05T00:00:00.000Z"],
  ["2026-12-04T10:30:00+02:00", "2026-12-04T08:30:00.000Z"],
])("%s is %s", (text, expected) => {
  expect(new Date(parseUntil(text, nowMs)).toISOString()).toBe(expected);
});

test.each(["", "soon", "2026-13-01", "7 days", "1e3d", "2026-12-04T10:30:00", "-1d"])("%s is no day", (text) => {
  expect(() => parseUntil(text, nowMs)).toThrow(expect.objectContaining({ code: "cli/usage", exit: "usage" }));
});

test("a grant is wanted with both its flags", () => {
  expect(wantedGrant({ until: "7d", scope: "host" }, nowMs)).toEqual({ scope: "host", untilMs: Date.UTC(2026, 11, 6) });
  expect([wantedGrant({}, nowMs), wantedGrant({ until: "7d" }, nowMs), wantedGrant({ scope: "host" }, nowMs)]).toEqual([undefined, undefined, undefined]);
});
