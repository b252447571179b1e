import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

const place = "./benchmark.ts";

/** The gate `benchmark`, brought when it is asked. */
export const benchmark: Gate = {
  name: "benchmark",
  async judge(context) {
    const found = (await import(place).catch(() => undefined)) as { benchmark?: Gate } | undefined;
    if (found?.benchmark === undefined) throw new AgentctlError("gate/missing", "the gate benchmark is not there");
    return found.benchmark.judge(context);
  },
};
