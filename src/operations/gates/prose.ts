import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const prose: Gate = {
  name: "prose",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate prose is not there yet"));
  },
};
