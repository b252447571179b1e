import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { decide } from "../policy/decide.ts";
import type { Decision } from "../policy/request.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { personName } from "./person.ts";

/** Asks policy about each host that a run wants to reach, as net.connect, and records the answer before anything is sent. */
export interface AllowedHosts {
  /** Errors: policy/denied (exit denied or waiting); `refusal` then is the decision. */
  ask(host: string, port: number): Promise<void>;
  refusal(): Decision | undefined;
}

export function allowedHosts(
  { set, commit }: Pick<Authority, "set" | "commit">,
  open: OpenRun,
  onDecision: ((run: string, decision: Decision) => void) | undefined,
): AllowedHosts {
  let refusal: Decision | undefined;
  return {
    async ask(host, port) {
      requireGoing(open);
      const request = open.mask({ action: "net.connect", class: "R" as const, actor: { kind: "person" as const, name: personName() }, host, port });
      const decision = decide(request, set, { id: newId("d"), commit });
      await open.recorder.append("decision.made", decision as DecisionMade);
      onDecision?.(open.run, decision);
      if (decision.effect === "allow") return;
      refusal = decision;
      throw new AgentctlError("policy/denied", `policy does not let ${host}:${port} be reached: ${decision.reason}`, {
        hint: `agentctl policy explain ${decision.id}`,
        exit: decision.effect === "deny" ? "denied" : "waiting",
      });
    },
    refusal: () => refusal,
  };
}
