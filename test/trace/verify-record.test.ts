import { execFileSync, spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import type { EventRecord } from "../../src/event/events.ts";
import { listHeads } from "../../src/ledger/heads.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { listRuns } from "../../src/ledger/runs.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import { closeJournals } from "../../src/trace/close-journals.ts";
import { recordHash } from "../../src/trace/record.ts";
import { verifyRecord, type VerifyReport } from "../../src/trace/verify-record.ts";
import { recordState, skillFinished } from "../support/record.ts";
import { folder } from "../support/workspace.ts";

const verifier = fileURLToPath(new URL("../verify-audit.py", import.meta.url));
let original: string;

beforeAll(async () => {
  const { stateDir, ledger, whole, begin } = recordState();
  await whole("r-one", 8);
  await whole("r-two", 5);
  const journal = begin("r-big");
  const artifact = writeBlob(stateDir, "a picture");
  await journal.append("skill.finished", {
    ...skillFinished,
    artifacts: [{ path: "out.png", ...artifact }],
    output: { text: "é𝄞\u2028\u007f\u0001".repeat(5000), 1: 1e21, x: [1e-7, -0.1, 5e-324, 123456789012345680000, 0.1 + 0.2] },
  });
  journal.close();
  ledger.close();
  original = stateDir;
});

/** A copy to tamper with. */
function copy(): string {
  const stateDir = join(folder(), "state");
  cpSync(original, stateDir, { recursive: true });
  return stateDir;
}

async function verify(stateDir: string): Promise<VerifyReport> {
  const ledger = openLedger(stateDir);
  try {
    return await verifyRecord({ stateDir, heads: listHeads(ledger), registered: new Set(listRuns(ledger).map(({ run }) => run)) });
  } finally {
    ledger.close();
  }
}

type Found = { kind: string; file: string; line: number | null; seq: number | null };
const key = ({ kind, file, line, seq }: Found): string => [kind, file, line, seq].join(" ");

/** The independent verifier, kept running: starting Python takes longer than verifying. A line is a folder; the answer is [exit, stdout]. */
const loop = `import contextlib, importlib.util, io, json, sys
spec = importlib.util.spec_from_file_location("verifier", sys.argv[1]); verifier = importlib.util.module_from_spec(spec); spec.loader.exec_module(verifier)
for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said): code = verifier.main(line[:-1])
    print(json.dumps([code, said.getvalue()]), flush=True)`;
const python = spawn("python3", ["-c", loop, verifier], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, PYTHONUTF8: "1" } });
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
afterAll(() => python.stdin.end());

/** The verdicts of agentctl and of the independent verifier, as sorted texts. */
async function verdicts(stateDir: string): Promise<[string[], string[]]> {
  const { faults } = await verify(stateDir);
  python.stdin.write(`${stateDir}\n`);
  const [code, said] = JSON.parse(String((await answers.next()).value)) as [number, string];
  const theirs = said.split("\n").filter((line) => line !== "");
  expect(code).toBe(theirs.length === 0 ? 0 : 7);
  return [
    faults.map(({ kind, file, line = null, seq = null }) => key({ kind, file, line, seq })).toSorted(),
    theirs.map((line) => key(JSON.parse(line) as Found)).toSorted(),
  ];
}

const one = "journal/r-one.jsonl";
const linesOf = (stateDir: string, file = one): string[] => readFileSync(join(stateDir, file), "utf8").split("\n").slice(0, -1);
const put = (stateDir: string, lines: readonly string[], file = one): void => writeFileSync(join(stateDir, file), lines.map((line) => `${line}\n`).join(""));

/** What somebody does who knows the format: changes a record and hashes everything after it anew. */
function rewrite(lines: readonly string[], from: number, change: (record: EventRecord) => void): string[] {
  const records = lines.map((line) => JSON.parse(line) as EventRecord);
  change(records[from] as EventRecord);
  for (let n = from; n < records.length; n++) {
    const record = records[n] as EventRecord;
    if (n > from) record.prev = records[n - 1]?.hash ?? "";
    record.hash = recordHash(record);
  }
  return records.map((record) => canonicalJson(record));
}

test("an untouched record has no fault, and both verifiers say so", async () => {
  expect(await verify(original)).toMatchObject({ runs: 3, records: 14, blobs: 2, faults: [], notes: [] });
  expect(await verdicts(original)).toEqual([[], []]);
});

const tamperings: { name: string; tamper: (stateDir: string) => void; faults: string[] }[] = [
  {
    name: "a bit flip names the record",
    tamper: (dir) => put(dir, linesOf(dir).with(3, (linesOf(dir)[3] ?? "").replace("412.5", "412.6"))),
    faults: [`hash-mismatch ${one} 4 3`],
  },
  { name: "a deleted record", tamper: (dir) => put(dir, linesOf(dir).toSpliced(3, 1)), faults: [`deleted ${one}  3`] },
  { name: "records deleted at the beginning", tamper: (dir) => put(dir, linesOf(dir).slice(2)), faults: [`deleted ${one}  0`] },
  {
    name: "two records swapped",
    tamper: (dir) =>
      put(
        dir,
        linesOf(dir)
          .with(3, linesOf(dir)[4] ?? "")
          .with(4, linesOf(dir)[3] ?? ""),
      ),
    faults: [`swapped ${one} 5 3`],
  },
  { name: "a record twice", tamper: (dir) => put(dir, linesOf(dir).toSpliced(3, 0, linesOf(dir)[3] ?? "")), faults: [`duplicate ${one} 5 3`] },
  { name: "the end cut off", tamper: (dir) => put(dir, linesOf(dir).slice(0, -2)), faults: [`tail-cut ${one}  6`] },
  {
    name: "the end torn off",
    tamper: (dir) => writeFileSync(join(dir, one), readFileSync(join(dir, one)).subarray(0, -5)),
    faults: [`tail-cut ${one}  7`, `torn-tail ${one}  `],
  },
  {
    name: "the end rewritten with a chain that fits",
    tamper: (dir) =>
      put(
        dir,
        rewrite(linesOf(dir), 6, ({ data }) => Object.assign(data, { skill: "another" })),
      ),
    faults: [`rewritten-tail ${one}  7`],
  },
  {
    name: "one record rewritten with its own hash",
    tamper: (dir) => put(dir, linesOf(dir).with(3, rewrite(linesOf(dir), 3, ({ data }) => Object.assign(data, { skill: "another" }))[3] ?? "")),
    faults: [`broken-chain ${one} 5 4`],
  },
  {
    name: "the same content written differently",
    tamper: (dir) => put(dir, linesOf(dir).with(3, (linesOf(dir)[3] ?? "").replace("412.5", "4.125e2"))),
    faults: [`not-canonical ${one} 4 3`],
  },
  { name: "a line that is nothing", tamper: (dir) => put(dir, linesOf(dir).with(3, "{}")), faults: [`deleted ${one}  3`, `not-a-record ${one} 4 `] },
  { name: "a missing journal", tamper: (dir) => rmSync(join(dir, one)), faults: [`missing-file ${one}  0`] },
  {
    name: "a journal under another run's name",
    tamper: (dir) => renameSync(join(dir, one), join(dir, "journal/r-new.jsonl")),
    faults: [
      `missing-file ${one}  0`,
      ...Array.from({ length: 8 }, (_, n) => `wrong-run journal/r-new.jsonl ${n + 1} ${n}`),
      "unknown-file journal/r-new.jsonl  ",
    ],
  },
  { name: "a strange file", tamper: (dir) => writeFileSync(join(dir, "journal/notes.txt"), ""), faults: ["unknown-file journal/notes.txt  "] },
  {
    name: "a missing body",
    tamper: (dir) => rmSync(join(dir, "blobs"), { recursive: true }),
    faults: ["missing-blob journal/r-big.jsonl 1 0", "missing-blob journal/r-big.jsonl 1 0"],
  },
];

describe("each kind of tampering is named, in the same words by both verifiers", () => {
  test.each(tamperings)("$name", async ({ tamper, faults }) => {
    const stateDir = copy();
    tamper(stateDir);
    expect(await verdicts(stateDir)).toEqual([faults.toSorted(), faults.toSorted()]);
  });

  test("a changed body", async () => {
    const stateDir = copy();
    const [blob = ""] = readdirSync(join(stateDir, "blobs"));
    appendFileSync(join(stateDir, "blobs", blob), " ");
    const faults = [`tampered-blob blobs/${blob}  `];
    expect(await verdicts(stateDir)).toEqual([faults.toSorted(), faults.toSorted()]);
  });

  test("what a crash leaves is a note", async () => {
    const stateDir = copy();
    appendFileSync(join(stateDir, "journal/r-big.jsonl"), '{"data"');
    writeFileSync(join(stateDir, "blobs/.x.t-0000000000"), "");
    expect((await verify(stateDir)).notes.map(({ message }) => message)).toEqual([
      "the file ends with 7 bytes of an unfinished record",
      "left half written by a crash; it may be removed",
    ]);
    expect(await verdicts(stateDir)).toEqual([[], []]);
  });
});

test("closed journals are verified too, by both", async () => {
  const stateDir = copy();
  const ledger = openLedger(stateDir);
  const closing = await closeJournals(stateDir, new Map(listHeads(ledger).map((head) => [head.run, head])));
  ledger.close();
  expect(closing.runs).toBe(2);
  expect(await verdicts(stateDir)).toEqual([[], []]);
  const path = join(stateDir, "journal/closed/2026-11/r-two.jsonl.gz");
  const bytes = readFileSync(path);
  writeFileSync(path, gzipSync(gunzipSync(bytes).toString("utf8").replace("412.5", "412.6")));
  const changed = ["hash-mismatch journal/closed/2026-11/r-two.jsonl.gz 2 1"];
  expect(await verdicts(stateDir)).toEqual([changed, changed]);
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  const [ours, theirs] = await verdicts(stateDir);
  expect([ours.at(-1), theirs.at(-1)]).toEqual([expect.stringContaining("torn-tail"), expect.stringContaining("torn-tail")]);
  rmSync(path);
  const missing = ["missing-file journal/r-two.jsonl  0"];
  expect(await verdicts(stateDir)).toEqual([missing, missing]);
});

/** Any change of a journal as a list of lines, or of its bytes. */
const edit = fc.record({
  kind: fc.constantFrom("flip", "delete", "duplicate", "swap", "cut", "truncate", "insert", "rewrite"),
  file: fc.constantFrom("journal/r-one.jsonl", "journal/r-two.jsonl", "journal/r-big.jsonl"),
  at: fc.nat(10_000),
  to: fc.nat(10_000),
  byte: fc.nat(255),
});

function apply(stateDir: string, { kind, file, at, to, byte }: typeof edit extends fc.Arbitrary<infer T> ? T : never): void {
  const path = join(stateDir, file);
  const lines = linesOf(stateDir, file);
  const bytes = readFileSync(path);
  const line = at % Math.max(1, lines.length);
  const other = to % Math.max(1, lines.length);
  if (bytes.length === 0 || lines.length === 0) return;
  if (kind === "flip") bytes[at % bytes.length] = byte;
  if (kind === "flip") return writeFileSync(path, bytes);
  if (kind === "truncate") return writeFileSync(path, bytes.subarray(0, at % bytes.length));
  if (kind === "insert") return writeFileSync(path, Buffer.concat([bytes.subarray(0, at % bytes.length), Buffer.of(byte), bytes.subarray(at % bytes.length)]));
  if (kind === "delete") return put(stateDir, lines.toSpliced(line, 1), file);
  if (kind === "duplicate") return put(stateDir, lines.toSpliced(other, 0, lines[line] ?? ""), file);
  if (kind === "swap") return put(stateDir, lines.with(line, lines[other] ?? "").with(other, lines[line] ?? ""), file);
  if (kind === "cut") return put(stateDir, lines.slice(0, line), file);
  try {
    put(
      stateDir,
      rewrite(lines, line, (record) => Object.assign(record, { ts: `2026-11-21T12:00:00.${byte}Z` })),
      file,
    );
  } catch {
    // A line that an earlier edit broke cannot be rewritten.
  }
}

test("both verifiers find the same faults in any tampered record", async () => {
  const untouched = new Map(["one", "two", "big"].map((run) => [run, readFileSync(join(original, `journal/r-${run}.jsonl`), "utf8")]));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const stateDir = copy();
      for (const one of edits) apply(stateDir, one);
      // An unfinished line after the last acknowledged record is what a crash leaves, and no fault.
      const changed = [...untouched].some(([run, text]) => {
        const now = readFileSync(join(stateDir, `journal/r-${run}.jsonl`), "utf8");
        return !now.startsWith(text) || now.slice(text.length).includes("\n");
      });
      const [ours, theirs] = await verdicts(stateDir);
      expect(ours).toEqual(theirs);
      expect(ours.length > 0).toBe(changed);
      rmSync(stateDir, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

test("both writers of canonical JSON agree, numbers included", () => {
  const values = fc
    .sample(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue(), fc.string({ unit: "grapheme" }), fc.integer()), 2000)
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const script = `import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("v", sys.argv[1]); v = importlib.util.module_from_spec(spec); spec.loader.exec_module(v)
print("\\n".join(v.canonical(x) for x in json.load(sys.stdin, parse_int=float)))`;
  const output = execFileSync("python3", ["-c", script, verifier], {
    input: JSON.stringify(values),
    encoding: "utf8",
    env: { ...process.env, PYTHONUTF8: "1" },
  });
  expect(output.split("\n").slice(0, -1)).toEqual(values.map((value) => canonicalJson(value)));
});

test("the independent verifier is a small program that ends with 7 when there is a fault", () => {
  const stateDir = copy();
  expect(spawnSync("python3", [verifier, stateDir], { encoding: "utf8" })).toMatchObject({ status: 0, stdout: "", stderr: "" });
  rmSync(join(stateDir, one));
  expect(spawnSync("python3", [verifier, stateDir], { encoding: "utf8" })).toMatchObject({
    status: 7,
    stdout: '{"kind": "missing-file", "file": "journal/r-one.jsonl", "line": null, "seq": 0}\n',
    stderr: "",
  });
  expect(readFileSync(verifier, "utf8").split("\n").length).toBeLessThanOrEqual(151);
});
