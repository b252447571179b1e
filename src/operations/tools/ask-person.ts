import { AgentctlError } from "../../base/errors.ts";
import type { Tool } from "./tool.ts";

/** A question to a person. Whoever drives the agent suspends the run, and the person's note becomes the result; it is never run. */
export const askPerson: Tool = {
  name: "ask_person",
  class: "R",
  repeatable: true,
  asksPerson: true,
  description: [
    "Ask the person whose objective this is, when something is unclear and a guess could be wrong. The run waits until they answer, maybe for hours:",
    "ask once, ask one thing, and say what you would do without an answer. Their note is the result. It is no way to get a denied action allowed.",
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["question"],
    properties: {
      question: { type: "string", minLength: 1, maxLength: 4_000 },
      options: { type: "array", minItems: 2, maxItems: 8, items: { type: "string", minLength: 1, maxLength: 200 }, description: "Answers to choose from." },
    },
  },
  actions: () => [],
  run() {
    return Promise.reject(new AgentctlError("tool/asks-person", "ask_person is answered by a person and does not run"));
  },
};
