import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const paths: Gate = {
  name: "paths",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate paths is not there yet"));
  },
};
