import { join } from "node:path";
import { expect, test } from "vitest";
import { findGrant, giveGrant, listGrants, revokeGrant, useGrant, type NewGrant } from "../../src/ledger/grants.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { toHost } from "../support/approvals.ts";
import { folder } from "../support/workspace.ts";

const startMs = Date.UTC(2026, 10, 28, 12);
const given: NewGrant = {
  agent: "quant",
  action: "net.connect",
  scope: { class: "R", host: "data.example.org", port: 443 },
  untilMs: startMs + 1000,
  by: "ada",
  note: "",
  approval: "a-1",
  nowMs: startMs,
};
const { request } = toHost;

test("a grant stands in until its time, counts its uses, and a clock that is set back does not revive it", () => {
  const ledger = openLedger(join(folder(), "state"));
  const { grant } = giveGrant(ledger, given);
  expect(grant).toMatch(/^gr-/);
  expect(findGrant(ledger, request, "quant", startMs)).toMatchObject({ grant, uses: 0, scope: given.scope });
  expect([useGrant(ledger, request, "quant", startMs)?.uses, useGrant(ledger, request, "quant", startMs)?.uses]).toEqual([1, 2]);
  expect(findGrant(ledger, request, "code", startMs)).toBeUndefined();
  expect(findGrant(ledger, { ...request, host: "evil.example.org" }, "quant", startMs)).toBeUndefined();
  expect(findGrant(ledger, { ...request, class: "T" }, "quant", startMs)).toBeUndefined();
  expect(useGrant(ledger, request, "quant", startMs + 1000)).toBeUndefined();
  expect(useGrant(ledger, request, "quant", startMs)).toBeUndefined();
  expect(listGrants(ledger, startMs)).toMatchObject([{ grant, uses: 2, state: "expired" }]);
});

test("a grant that was revoked stands in for nothing, and is revoked once", () => {
  const ledger = openLedger(join(folder(), "state"));
  const first = giveGrant(ledger, given).grant;
  const second = giveGrant(ledger, { ...given, untilMs: startMs + 5000 }).grant;
  expect(findGrant(ledger, request, "quant", startMs)?.grant).toBe(first);
  expect(revokeGrant(ledger, { grant: first, by: "bob", nowMs: startMs })).toBe(true);
  expect(revokeGrant(ledger, { grant: first, by: "bob", nowMs: startMs })).toBe(false);
  expect(findGrant(ledger, request, "quant", startMs)?.grant).toBe(second);
  expect(listGrants(ledger, startMs).map(({ grant, state, revokedBy }) => [grant, state, revokedBy])).toEqual([
    [second, "active", undefined],
    [first, "revoked", "bob"],
  ]);
  expect(() => revokeGrant(ledger, { grant: "gr-none", by: "bob", nowMs: startMs })).toThrow(expect.objectContaining({ code: "ledger/no-grant" }));
});
