import { AgentctlError } from "../../base/errors.ts";
import type { Gate } from "./gate.ts";

export const schema: Gate = {
  name: "schema",
  judge() {
    return Promise.reject(new AgentctlError("gate/missing", "the gate schema is not there yet"));
  },
};
