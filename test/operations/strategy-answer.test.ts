import { expect, test } from "vitest";
import { readAnswer } from "../../src/operations/strategy-answer.ts";
import { walk } from "../support/code-strategy.ts";

const deep = "[".repeat(30_000) + "]".repeat(30_000);

test.each([
  ["a first step", "typescript", `{"kind":"intents","firstStep":${deep}}`],
  ["a warm-up", "python", `{"kind":"columns","markets":[{"warmup":${deep},"columns":[]}]}`],
  ["a column", "python", `{"kind":"columns","markets":[{"warmup":0,"columns":[${deep}]}]}`],
] as const)("attack: %s that is nested too deep to be told is an answer that cannot be used", (_, language, head) => {
  const answer = readAnswer(Buffer.from(`${head}\n`), [walk(10)], language);
  expect(answer).toMatchObject({ kind: "failure", outcome: "failed", why: expect.stringContaining("its answer cannot be used") });
});
