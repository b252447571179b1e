import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const secrets: Gate = {
  name: "secrets",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate secrets is not there yet"));
  },
};
