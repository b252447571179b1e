import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const staticGate: Gate = {
  name: "static",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate static is not there yet"));
  },
};
