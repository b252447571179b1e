import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { listHeads } from "../../src/ledger/heads.ts";
import { listRuns } from "../../src/ledger/runs.ts";
import { ask } from "../../src/trace/ask.ts";
import { closeJournals } from "../../src/trace/close-journals.ts";
import { readJournal, requireJournal } from "../../src/trace/read-journal.ts";
import { verifyRecord } from "../../src/trace/verify-record.ts";
import { recordState, started, type RecordState } from "../support/record.ts";

const close = ({ stateDir, ledger }: RecordState): ReturnType<typeof closeJournals> =>
  closeJournals(stateDir, new Map(listHeads(ledger).map((head) => [head.run, head])));
const counts = async (stateDir: string): Promise<unknown> => (await ask(stateDir, "SELECT run, count(*) FROM events GROUP BY run ORDER BY run")).rows;
const faults = async ({ stateDir, ledger }: RecordState): Promise<unknown> =>
  (await verifyRecord({ stateDir, heads: listHeads(ledger), registered: new Set(listRuns(ledger).map(({ run }) => run)) })).faults;

async function three(): Promise<RecordState> {
  const state = recordState();
  await state.whole("r-one", 8);
  await state.whole("r-two", 5);
  await state.begin("r-live").append("run.started", started);
  return state;
}
const all = [
  ["r-live", 1],
  ["r-one", 8],
  ["r-two", 5],
];

test("ended runs go to the lake and their journals are compressed; queries, reading and verification see the same", async () => {
  const state = await three();
  const { stateDir } = state;
  const text = readFileSync(join(stateDir, "journal/r-one.jsonl"), "utf8");
  const before = await ask(stateDir, "SELECT * FROM events ORDER BY run, seq");
  expect(await close(state)).toMatchObject({ runs: 2, records: 13, damaged: [] });
  expect(readdirSync(join(stateDir, "journal"))).toEqual(["_empty.jsonl", "closed", "r-live.jsonl"]);
  const closed = join(stateDir, "journal/closed/2026-11/r-one.jsonl.gz");
  expect(gunzipSync(readFileSync(closed)).toString("utf8")).toBe(text);
  expect(statSync(closed).mode & 0o777).toBe(0o600);
  expect((await ask(stateDir, "SELECT * FROM events ORDER BY run, seq")).rows).toEqual(before.rows);
  expect((await Array.fromAsync(readJournal(requireJournal(stateDir, "r-one")))).length).toBe(8);
  expect(await faults(state)).toEqual([]);
  expect(await close(state)).toMatchObject({ runs: 0, records: 0 });
});

test("a crash between the steps neither loses nor doubles a row, and the next call mends it", async () => {
  const state = await three();
  const { stateDir } = state;
  const open = join(stateDir, "journal/r-one.jsonl");
  copyFileSync(open, `${open}.kept`);
  await close(state);
  copyFileSync(`${open}.kept`, open);
  rmSync(`${open}.kept`);
  expect(await counts(stateDir)).toEqual(all);
  expect(await faults(state)).toEqual([]);
  expect(await close(state)).toMatchObject({ runs: 0 });
  expect(existsSync(open)).toBe(false);
  expect(await counts(stateDir)).toEqual(all);
});

test("a lake that is gone is made again from the journals", async () => {
  const state = await three();
  const { stateDir } = state;
  await close(state);
  rmSync(join(stateDir, "lake"), { recursive: true });
  expect(await counts(stateDir)).toEqual([["r-live", 1]]);
  expect(await close(state)).toMatchObject({ runs: 2, records: 13, bytesBefore: 0 });
  expect(await counts(stateDir)).toEqual(all);
});

test("a damaged journal stays where it is", async () => {
  const state = await three();
  const { stateDir } = state;
  const path = join(stateDir, "journal/r-one.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.toSpliced(3, 1).join("\n"));
  expect(await close(state)).toMatchObject({ runs: 1, damaged: ["r-one"] });
  expect(existsSync(path)).toBe(true);
});
