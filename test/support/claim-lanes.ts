import { openLedger } from "../../src/ledger/ledger.ts";
import { takeLane, type Lane } from "../../src/ledger/lanes.ts";

// A process of a test: claims one lane for each of many roots, and prints which it found each in.
const [stateDir = "", lane = "", roots = "0"] = process.argv.slice(2);
const ledger = openLedger(stateDir);
const found = Array.from({ length: Number(roots) }, (_, index) => {
  const { row, made } = takeLane(ledger, { root: `r-${index}`, lane: lane as Lane, why: lane, claimedMs: 1 });
  return [row.lane, made];
});
ledger.close();
process.stdout.write(JSON.stringify(found));
