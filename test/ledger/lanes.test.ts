import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { laneOf, markUntrusted, rootsInLane, takeLane, untrustedMaker, type Lane } from "../../src/ledger/lanes.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { folder } from "../support/workspace.ts";

const claimer = fileURLToPath(new URL("../support/claim-lanes.ts", import.meta.url));
const roots = 40;

test("of many processes that claim both lanes, each run is in one, and all of them are told the same", async () => {
  const stateDir = folder();
  openLedger(stateDir).close();
  const claims = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? "sidecar" : "untrusted"));
  const answers = await Promise.all(
    claims.map(async (lane) => JSON.parse((await promisify(execFile)(process.execPath, [claimer, stateDir, lane, String(roots)])).stdout) as [Lane, boolean][]),
  );
  for (let root = 0; root < roots; root += 1) {
    expect(new Set(answers.map((answer) => answer[root]![0])).size).toBe(1);
    expect(answers.filter((answer) => answer[root]![1]).length).toBe(1);
  }
});

test("the first claim of a run stands, whatever is claimed after it", () => {
  const stateDir = folder();
  const ledger = openLedger(stateDir);
  const lane = fc.constantFrom<Lane>("sidecar", "untrusted");
  const first = new Map<string, Lane>();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), lane), { maxLength: 30 }), (asks) => {
      for (const [number, asked] of asks) {
        const root = `r-${number}`;
        const { row, made } = takeLane(ledger, { root, lane: asked, why: "w", claimedMs: 1 });
        expect(made).toBe(!first.has(root));
        if (made) first.set(root, asked);
        expect(row.lane).toBe(first.get(root));
        expect(laneOf(ledger, root)?.lane).toBe(first.get(root));
      }
      for (const which of ["sidecar", "untrusted"] as const) {
        const expected = [...first].filter(([, held]) => held === which).map(([root]) => root);
        expect(rootsInLane(ledger, which)).toEqual(expected.toSorted());
      }
    }),
    { numRuns: 30 },
  );
  ledger.close();
});

test("a file stays known by the run that made it first", () => {
  const ledger = openLedger(folder());
  markUntrusted(ledger, "r-1", ["aa", "bb"]);
  markUntrusted(ledger, "r-2", ["bb", "cc"]);
  markUntrusted(ledger, "r-3", []);
  expect(["aa", "bb", "cc", "dd"].map((digest) => untrustedMaker(ledger, digest))).toEqual(["r-1", "r-1", "r-2", undefined]);
  ledger.close();
});
