import { spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { findHead, listHeads, openHeads } from "../../src/ledger/heads.ts";
import { withLease } from "../../src/ledger/leases.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { ownerState, thisProcess } from "../../src/ledger/owner.ts";
import { claimRun, finishRun, listRuns, openRuns, registerRun } from "../../src/ledger/runs.ts";
import { folder } from "../support/workspace.ts";

const state = (): string => join(folder(), "state");
const file = (name: string): string => pathToFileURL(join(import.meta.dirname, "../../src/ledger", name)).href;

test("only its owner may read it, its logs too", () => {
  const stateDir = state();
  const ledger = openLedger(stateDir);
  const modes = ["", "ledger.db", "ledger.db-wal", "ledger.db-shm"].map((name) => (statSync(join(stateDir, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(["700", "600", "600", "600"]);
  expect(ledger.db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  expect(ledger.db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

test("a transaction is whole, joins one that is open, and gives back what its work gives", () => {
  const ledger = openLedger(state());
  const heads = openHeads(ledger);
  const move = (run: string, seq: number): void => heads.move({ run, seq, hash: "h", bytes: 1 }, true);
  expect(ledger.transaction(() => ledger.transaction(() => (move("r-1", 0), 7)))).toBe(7);
  expect(() =>
    ledger.transaction(() => {
      move("r-2", 0);
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(listHeads(ledger).map(({ run }) => run)).toEqual(["r-1"]);
});

test("a head only moves forward, and another process sees it at once", () => {
  const stateDir = state();
  const [one, two] = [openLedger(stateDir), openLedger(stateDir)];
  const heads = openHeads(one);
  heads.move({ run: "r-1", seq: 4, hash: "four", bytes: 40 }, false);
  heads.move({ run: "r-1", seq: 3, hash: "three", bytes: 30 }, true);
  expect(findHead(two, "r-1")).toEqual({ run: "r-1", seq: 4, hash: "four", bytes: 40 });
  expect(findHead(two, "r-2")).toBeUndefined();
  one.close();
  expect(findHead(two, "r-1")?.seq).toBe(4);
});

test("a ledger that cannot be read is named, and is not touched", () => {
  const stateDir = state();
  openLedger(stateDir).close();
  const path = join(stateDir, "ledger.db");
  const broken = readFileSync(path).fill(0x41, 0, 200);
  writeFileSync(path, broken);
  expect(() => openLedger(stateDir)).toThrow(
    expect.objectContaining({ code: "ledger/unreadable", exit: "failed", message: expect.stringContaining(path) as string }),
  );
  expect(readFileSync(path)).toEqual(broken);
  const inPlace = join(folder(), "file");
  writeFileSync(inPlace, "");
  expect(() => openLedger(inPlace)).toThrow(expect.objectContaining({ code: "ledger/unreadable" }));
});

test("damage that shows only later is named too", () => {
  const stateDir = state();
  const ledger = openLedger(stateDir);
  for (let n = 0; n < 300; n++) registerRun(ledger, { run: `r-${n}`, command: "x".repeat(200), actor: "ada", started: "2026" });
  ledger.close();
  const path = join(stateDir, "ledger.db");
  const whole = readFileSync(path);
  // The tables' own description stands in the first pages.
  writeFileSync(path, whole.fill(0x41, whole.length / 2));
  const again = openLedger(stateDir);
  expect(() => again.transaction((db) => db.prepare("SELECT * FROM runs").all())).toThrow(expect.objectContaining({ code: "ledger/unreadable" }));
});

test("a newer ledger is left alone", () => {
  const stateDir = state();
  const ledger = openLedger(stateDir);
  ledger.db.exec("PRAGMA user_version = 900");
  ledger.close();
  expect(() => openLedger(stateDir)).toThrow(expect.objectContaining({ code: "ledger/newer" }));
});

test("a lock held too long is a clear error", () => {
  const stateDir = state();
  const [one, two] = [openLedger(stateDir), openLedger(stateDir, { busyTimeoutMs: 50 })];
  one.transaction(() => {
    expect(() => two.transaction(() => undefined)).toThrow(expect.objectContaining({ code: "ledger/busy" }));
  });
});

test("eight processes open a new ledger at once and lose no transaction", async () => {
  const stateDir = state();
  const script = `import { openLedger } from ${JSON.stringify(file("ledger.ts"))};
    const ledger = openLedger(process.argv[1]);
    ledger.db.exec("CREATE TABLE IF NOT EXISTS counter (n INTEGER)");
    for (let i = 0; i < 100; i++) ledger.transaction((db) => {
      const { n } = db.prepare("SELECT coalesce(max(n), 0) AS n FROM counter").get();
      db.prepare("INSERT INTO counter VALUES (?)").run(n + 1);
    });
    ledger.close();`;
  const codes = await Promise.all(
    Array.from({ length: 8 }, () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, stateDir], { stdio: ["ignore", "inherit", "inherit"] });
      return new Promise((resolve) => child.once("close", resolve));
    }),
  );
  expect(codes).toEqual(Array.from({ length: 8 }, () => 0));
  const ledger = openLedger(stateDir);
  expect(ledger.db.prepare("SELECT count(*) AS rows, max(n) AS most FROM counter").get()).toEqual({ rows: 800, most: 800 });
  expect(ledger.db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
});

test("a run knows whether its process is still there", () => {
  const ledger = openLedger(state());
  const me = thisProcess();
  const register = (run: string, owner = me): void => registerRun(ledger, { run, command: "x", actor: "ada", started: "2026", owner });
  register("r-alive");
  register("r-reused-pid", { ...me, processStart: "1" });
  register("r-before-boot", { ...me, boot: "another" });
  register("r-elsewhere", { ...me, host: "another" });
  register("r-gone", { ...me, pid: 4_194_303, processStart: "7" });
  const { alive, dead, unknown } = openRuns(ledger);
  expect([alive, dead, unknown].map((rows) => rows.map(({ run }) => run))).toEqual([["r-alive"], ["r-before-boot", "r-gone", "r-reused-pid"], ["r-elsewhere"]]);
  expect(ownerState({ ...me, pid: 4_194_303, processStart: "" })).toBe("dead");
  expect(() => register("r-alive")).toThrow(expect.objectContaining({ code: "ledger/run-exists" }));
});

test("a dead run is claimed once, and a run ends once", () => {
  const ledger = openLedger(state());
  registerRun(ledger, { run: "r-1", command: "x", actor: "ada", started: "2026", owner: { ...thisProcess(), processStart: "1" } });
  const row = openRuns(ledger).dead[0];
  if (row === undefined) throw new Error("no dead run");
  expect([claimRun(ledger, row), claimRun(ledger, row)]).toEqual([true, false]);
  expect([finishRun(ledger, "r-1", "interrupted", "2027"), finishRun(ledger, "r-1", "ok", "2028")]).toEqual([true, false]);
  expect(listRuns(ledger)).toMatchObject([{ run: "r-1", state: "interrupted", finished: "2027", owner: thisProcess() }]);
});

test("a lease has one holder, and ends with its process", async () => {
  const stateDir = state();
  const ledger = openLedger(stateDir);
  const inside = await withLease(ledger, "x", async () => withLease(ledger, "x", async () => "second"));
  expect(inside).toBeUndefined();
  ledger.db.prepare("INSERT INTO leases VALUES ('x', ?, '1', ?, ?)").run(process.pid, thisProcess().boot, thisProcess().host);
  expect(await withLease(ledger, "x", async () => "taken over")).toBe("taken over");
  await expect(
    withLease(ledger, "x", async () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(await withLease(ledger, "x", async () => "free again")).toBe("free again");
});
