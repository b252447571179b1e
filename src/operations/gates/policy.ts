import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const policy: Gate = {
  name: "policy",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate policy is not there yet"));
  },
};
