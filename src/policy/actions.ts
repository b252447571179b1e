import type { RiskClass } from "./request.ts";

/** Facts that an action cannot be judged without. */
export type NeededFact = "tool" | "skill" | "path" | "host";

export interface ActionKind {
  /** The class when the caller names none. */
  class: RiskClass;
  needs: readonly NeededFact[];
  what: string;
}

/** Every action that policy knows. What is not here is denied, so a new kind of action starts with a line here. */
export const actions = {
  "file.read": { class: "R", needs: ["path"], what: "read a file of the workspace" },
  "file.list": { class: "R", needs: ["path"], what: "list a folder of the workspace" },
  "file.write": { class: "W", needs: ["path"], what: "write a file of the workspace" },
  "file.delete": { class: "W", needs: ["path"], what: "remove a file of the workspace" },
  "skill.run": { class: "W", needs: ["skill"], what: "run a skill in its container" },
  "tool.call": { class: "W", needs: ["tool"], what: "call a tool by name" },
  "net.connect": { class: "R", needs: ["host"], what: "reach a host on the network" },
  "query.run": { class: "R", needs: [], what: "ask the record in SQL" },
  "model.call": { class: "R", needs: [], what: "ask a language model" },
  "agent.spawn": { class: "W", needs: [], what: "start a subagent" },
  "data.import": { class: "W", needs: [], what: "bring bars of a market into the lake" },
  "backtest.run": { class: "B", needs: [], what: "run a backtest" },
  "evaluation.run": { class: "R", needs: [], what: "ask an evaluation about what it judges" },
  "proposal.open": { class: "W", needs: [], what: "propose a change as a branch" },
  "proposal.land": { class: "W", needs: [], what: "move the protected branch to an approved change" },
  "notify.send": { class: "N", needs: [], what: "send a notification" },
  "credential.use": { class: "C", needs: [], what: "use a credential" },
  "order.place": { class: "T", needs: [], what: "place an order" },
  "order.cancel": { class: "T", needs: [], what: "cancel an order" },
} as const satisfies Record<string, ActionKind>;

export const actionNames: readonly string[] = Object.keys(actions);

/** What policy knows of an action; undefined for one that there is not. */
export function actionKind(name: string): ActionKind | undefined {
  return Object.hasOwn(actions, name) ? actions[name as keyof typeof actions] : undefined;
}
