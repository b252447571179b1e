import { spawn } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openMemoryIndex, type MemoryIndex } from "../../src/ledger/memory-index.ts";
import { brokenFiles, countsOf, indexedFiles, listEntries, matchWords, putCommit } from "../../src/ledger/memory-rows.ts";
import { countWithout, passagesWithout, putVectors, readVectors } from "../../src/ledger/memory-vectors.ts";
import { matchExpression, queryWords } from "../../src/memory/query.ts";
import { buildMemory } from "../../src/operations/find-memory.ts";
import { judgeFile } from "../../src/operations/memory-files.ts";
import { note } from "../support/memory.ts";
import { folder, workspace } from "../support/workspace.ts";

type Files = Readonly<Record<string, string>>;

/** Brings an index to these files, by the path and the text as git would. */
function put(index: MemoryIndex, commit: string, files: Files): string[] {
  const named = Object.entries(files).map(([name, text]) => ({ path: `memory/lessons/${name}.md`, oid: `${text.length}-${text}`, text }));
  const read = new Map(named.map(({ path, oid, text }) => [path, judgeFile(path, oid, new TextEncoder().encode(text))]));
  return putCommit(index, commit, new Map(named.map(({ path, oid }) => [path, oid])), read);
}

function stateOf(index: MemoryIndex): unknown {
  const found = (word: string): string[] => {
    const ids = new Map(
      index.db
        .prepare("SELECT number, id FROM entries")
        .all()
        .map((row) => [Number(row["number"]), String(row["id"])]),
    );
    return matchWords(index, `"${word}"`, undefined, 50)
      .map((number) => ids.get(number) ?? "gone")
      .toSorted();
  };
  const { passages, entries, broken } = countsOf(index);
  return {
    entries: listEntries(index, undefined),
    counts: { passages, entries, broken },
    broken: brokenFiles(index),
    files: [...indexedFiles(index)].toSorted(),
    words: ["alpha", "beta", "gamma"].map(found),
  };
}

test("whatever commits it was brought to, one after the other, it holds what one that is made anew holds", () => {
  const text = fc.oneof(
    fc.array(fc.constantFrom("alpha", "beta", "gamma"), { minLength: 1, maxLength: 4 }).map((words) => note(`Title ${words[0] ?? ""}`, words.join(" "))),
    fc.constant("broken"),
  );
  const commit = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), text);
  fc.assert(
    fc.property(fc.array(commit, { minLength: 1, maxLength: 5 }), (commits) => {
      const [grown, anew] = [openMemoryIndex(folder()), openMemoryIndex(folder())];
      commits.forEach((files, at) => expect(put(grown, `c${at}`, files)).toEqual([]));
      put(anew, "last", commits.at(-1) ?? {});
      expect(stateOf(grown)).toEqual(stateOf(anew));
      grown.close();
      anew.close();
    }),
    { numRuns: 12 },
  );
});

test("nothing that is typed is syntax: every text finds something or nothing", () => {
  const index = openMemoryIndex(folder());
  put(index, "c", { a: note("Costs eat the edge", 'title:costs OR "quoted" NEAR/2 * ^ {x} — 費用が高い') });
  const typed = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      '"',
      "costs*",
      "title : costs",
      "NEAR(costs edge, 5)",
      "a AND NOT b",
      "(((",
      "'; DROP TABLE entries; --",
      "^costs",
      "-costs",
      "{title}: x",
      "\u0000",
    ),
  );
  fc.assert(
    fc.property(typed, (text) => {
      const expression = matchExpression(queryWords(text));
      if (expression !== undefined) matchWords(index, expression, "lesson", 10);
    }),
  );
  const find = (text: string): number => matchWords(index, matchExpression(queryWords(text)) ?? "", undefined, 10).length;
  expect([find("COST"), find("the edges"), find("費用が高い"), find("nothing like it")]).toEqual([1, 1, 1, 0]);
  index.close();
});

test("what another process changed meanwhile is asked for again, and nothing is half done", () => {
  const index = openMemoryIndex(folder());
  put(index, "c1", { a: note("One", "alpha"), b: note("Two", "beta") });
  const wanted = new Map([...indexedFiles(index)].map(([path]) => [path, "new"]));
  expect(putCommit(index, "c2", wanted, new Map())).toHaveLength(2);
  expect(countsOf(index)).toMatchObject({ commit: "c1", entries: 2 });
  index.close();
});

test("vectors are kept by what they are of: the same words are never paid for twice, and those of entries that are gone are not compared", () => {
  const index = openMemoryIndex(folder());
  put(index, "c1", { a: note("One", "alpha"), b: note("One", "alpha"), c: note("Three", "gamma") });
  const first = passagesWithout(index, "m", 10);
  expect(first).toHaveLength(2);
  putVectors(
    index,
    "m",
    first.map(({ digest }, at) => ({ digest, vector: Float32Array.from([at, 1]) })),
  );
  expect([countWithout(index, "m"), countWithout(index, "other"), readVectors(index, "m").entries.length]).toEqual([0, 2, 3]);
  put(index, "c2", { d: note("Three", "gamma") });
  expect([countWithout(index, "m"), readVectors(index, "m").vectors.length]).toEqual([0, 2]);
  index.close();
});

test("a damaged index is made anew, and only its owner can read it", () => {
  const stateDir = folder();
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(join(stateDir, "memory.db"), "this is no database, whatever its name says ".repeat(100), { mode: 0o600 });
  const index = openMemoryIndex(stateDir);
  expect(put(index, "c", { a: note("One", "alpha") })).toEqual([]);
  expect(countsOf(index).entries).toBe(1);
  expect(statSync(join(stateDir, "memory.db")).mode & 0o777).toBe(0o600);
  index.close();
});

const program = fileURLToPath(new URL("../support/build-memory.ts", import.meta.url));

/** A process that builds; answers its exit code, or null when it was killed at its n-th line. */
function building(dir: string, rounds: number, killAtLine?: number): Promise<number | null> {
  const child = spawn(process.execPath, [program, dir, String(rounds)], { stdio: ["ignore", "pipe", "inherit"] });
  let lines = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    lines += text.split("\n").length - 1;
    if (killAtLine !== undefined && lines >= killAtLine) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
}

test("killed while it builds, and built by two processes at once, it ends up whole", async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`memory/lessons/note-${at}.md`, note(`Note ${at}`, `alpha ${at} `.repeat(20))]));
  const ws = workspace({ "agentctl.yaml": "profile: small\n", ...files });
  expect(await building(ws.dir, 10_000, 2)).toBeNull();
  const [one, two, here] = await Promise.all([building(ws.dir, 2), building(ws.dir, 2), buildMemory({ cwd: ws.dir, env: {}, anew: false })]);
  expect([one, two]).toEqual([0, 0]);
  expect(here).toMatchObject({ entries: 60, broken: 0 });
  const index = openMemoryIndex(join(ws.dir, ".git/agentctl"));
  expect(matchWords(index, '"alpha"', undefined, 500)).toHaveLength(60);
  expect(index.db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  index.close();
}, 120_000);
