import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shellWord } from "../../src/base/shell-word.ts";

test("plain words stay as they are", () => {
  expect(["BTC/USDT:USDT", "data/prices.csv", "1d", "a b", "", "it's"].map(shellWord)).toEqual([
    "BTC/USDT:USDT",
    "data/prices.csv",
    "1d",
    "'a b'",
    "''",
    "'it'\\''s'",
  ]);
});

test("attack: whatever stands in a word, a shell reads that word and runs nothing", () => {
  const texts = ["$(touch pwned)", "`id`", "'; id; '", "a\\", "~", "-n", "*", "!!", "\n", ...fc.sample(fc.string({ unit: "binary-ascii" }), 40)].map((text) =>
    text.replaceAll("\0", ""),
  );
  const read = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(shellWord).join(" ")}`], { encoding: "utf8" });
  expect(read.split("\0").slice(0, -1)).toEqual(texts);
});
