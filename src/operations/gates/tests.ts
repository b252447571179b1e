import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const tests: Gate = {
  name: "tests",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate tests is not there yet"));
  },
};
