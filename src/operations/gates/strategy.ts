import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const strategy: Gate = {
  name: "strategy",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate strategy is not there yet"));
  },
};
