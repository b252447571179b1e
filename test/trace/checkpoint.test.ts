import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../src/base/digest.ts";
import { merkleRoot, readCheckpoint, writeCheckpoint } from "../../src/trace/checkpoint.ts";

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : /^[0-9a-f]{64}$/.test(part) ? Buffer.from(part, "hex") : Buffer.from(part))));
const leaf = (line: string): string => sha256(bytes(0, line));
const node = (left: string, right: string): string => sha256(bytes(1, left, right));

test("the root is the Merkle tree hash of RFC 9162", () => {
  expect(merkleRoot([])).toBe(sha256(""));
  expect(merkleRoot(["a"])).toBe(leaf("a"));
  expect(merkleRoot(["a", "b", "c"])).toBe(node(node(leaf("a"), leaf("b")), leaf("c")));
  expect(merkleRoot(["a", "b", "c", "d", "e"])).toBe(node(node(node(leaf("a"), leaf("b")), node(leaf("c"), leaf("d"))), leaf("e")));
});

const checkpoint = { origin: "a".repeat(40), time: "2026-11-21T12:00:00.000Z", runs: [{ run: "r-1", seq: 4, hash: "b".repeat(64) }] };

test("what is written can be read, and is sorted", () => {
  const runs = ["r-3", "r-1", "r-2"].map((run, seq) => ({ run, seq, hash: "c".repeat(64) }));
  expect(readCheckpoint(writeCheckpoint({ ...checkpoint, runs })).runs.map(({ run }) => run)).toEqual(["r-1", "r-2", "r-3"]);
  expect(readCheckpoint(writeCheckpoint({ ...checkpoint, runs: [] })).runs).toEqual([]);
});

test("any other text is refused", () => {
  const text = writeCheckpoint(checkpoint);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
      const changed = text.slice(0, at) + put + text.slice(at + 1);
      // Origin and time are the maker's word; everything else hangs together.
      const free = at >= text.indexOf("origin") && at < text.indexOf("size");
      fc.pre(changed !== text && !free);
      expect(() => readCheckpoint(changed)).toThrow(expect.objectContaining({ code: "trace/bad-checkpoint", exit: "verification" }));
    }),
  );
});
