import { expect, test } from "vitest";
import type { Model } from "../../src/agent/model.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { openMeter } from "../../src/operations/agent-meter.ts";
import { askModel } from "../../src/operations/ask-model.ts";
import { outsidePolicy } from "../../src/operations/halt-work.ts";
import { inRun } from "../../src/operations/in-run.ts";
import { createMask } from "../../src/trace/mask.ts";
import { ensureStateDir, findWorkspace } from "../../src/workspace/find.ts";
import { workspace } from "../support/workspace.ts";

const secret = "canary-of-a-stream-0123456789";
const request = { role: "coder" as const, messages: [{ role: "user" as const, text: `my key is ${secret}` }], tools: [], outputTokensMax: 100 };

/** A model that tells its answer line by line, the secret in pieces over several of them. */
function telling(lines: readonly string[], sent: string[]): Model {
  return {
    async ask(asked, { onText }) {
      sent.push(JSON.stringify(asked.messages));
      for (const line of lines) onText?.(line);
      const usage = { inputTokens: 1, outputTokens: 1 };
      return { ok: true, answer: { text: lines.join(""), toolCalls: [], finish: "stop", usage, costUsd: 0, model: "test/one", cached: false, attempts: [] } };
    },
  };
}

test("what is shown of an answer as it comes is masked, also where a secret comes in pieces, and all of it is shown", async () => {
  const { dir } = workspace({ "agentctl.yaml": "profile: small\n" });
  const stateDir = ensureStateDir(findWorkspace(dir, {}));
  armWhenNew(stateDir);
  const filler = Array.from({ length: 40 }, (_, index) => `line ${index} of what it says\n`);
  const spelt = [...secret].map((letter) => `${letter}\n`);
  const [shown, sent]: [string[], string[]] = [[], []];
  let arrivals = 0;
  const mask = createMask({ STREAM_API_KEY: secret });
  const outcome = await inRun({ stateDir, mask, started: outsidePolicy("test", "ana") }, async (open) => {
    const limits = { iterations: 1, tokens: 1000, costUsd: 1, wallMs: 60_000, outputTokens: 100 };
    const asking = {
      open,
      modelOf: () => telling([...filler, `it is ${secret}\n`, ...spelt, ...filler, "the end"], sent),
      meter: openMeter(limits, 0),
      onText: (subtask: string, text: string): void => void shown.push(`${subtask}|${text}`),
      onArrival: (): void => void (arrivals += 1),
    };
    return { outcome: "ok", result: await askModel(asking, { key: "main.1", subtask: "main" }, request, 0) };
  });
  const text = shown.map((piece) => piece.slice("main|".length)).join("");
  expect(text).toContain("«masked:STREAM_API_KEY");
  expect(text.endsWith("the end")).toBe(true);
  expect(text.match(/line 39 of what it says/g)).toHaveLength(2);
  for (const seen of [text, ...sent, JSON.stringify(outcome)]) {
    expect(seen).not.toContain(secret);
    expect(seen.replaceAll("\n", "")).not.toContain(secret);
  }
  expect(shown.length).toBeGreaterThan(1);
  expect(arrivals).toBeGreaterThan(80);
});
