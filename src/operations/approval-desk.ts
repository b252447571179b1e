import type { Verdict } from "../agent/critic.ts";
import type { StepOf } from "../agent/ports.ts";
import type { ApprovalKind } from "../policy/approval.ts";
import type { Decision, RiskClass } from "../policy/request.ts";
import { askForApproval, takeApproval, voteAsModel, type ApprovalAnswer, type ApprovalQuestion } from "./ask-approval.ts";
import { standingGrants } from "./find-grant.ts";
import type { OpenRun } from "./in-run.ts";

/** What is brought before people. */
export interface DeskQuestion {
  step: StepOf;
  kind: ApprovalKind;
  decisions: readonly Decision[];
  tool: string;
  class: RiskClass;
  args: unknown;
  question?: string | undefined;
}

/** Where an agent's calls wait for people. */
export interface Desk {
  /** How it stands: an answer that is there is taken, and used up. */
  ask(question: DeskQuestion): Promise<ApprovalAnswer>;
  /** The grants that together stand in for the approval; their use is counted. `wished`: the agent asks although policy allows it. */
  granted(decisions: readonly Decision[], wished: boolean): string | undefined;
}

export interface DeskOpened {
  open: OpenRun;
  root: string;
  agent: string;
  ttlMs: number;
  /** Asks the critic whether it consents, where it may be one of two keys. */
  consent: (step: StepOf, action: DeskQuestion) => Promise<Verdict>;
}

export function openDesk({ open, root, agent, ttlMs, consent }: DeskOpened): Desk {
  return {
    async ask(question) {
      const { step, kind, decisions, tool, args, class: riskClass } = question;
      const asked: ApprovalQuestion = { root, key: step.key, kind, agent, decisions, tool, class: riskClass, args, question: question.question, ttlMs };
      let answer = await askForApproval(open, asked);
      const twoKey = decisions.filter(({ effect }) => effect === "two-key");
      if (answer.state === "open" && twoKey.length > 0 && twoKey.every(({ modelMayCount }) => modelMayCount === true)) {
        const { accepted, why, model } = await consent({ key: `${step.key}.consent`, subtask: step.subtask }, question);
        await voteAsModel(open, { approval: answer.approval, model, agent: "critic", accept: accepted, why });
        answer = await askForApproval(open, asked);
      }
      return answer.state === "open" ? answer : takeApproval(open, answer.approval, asked);
    },
    granted: (decisions, wished) =>
      standingGrants(open, agent, decisions, wished)
        ?.map(({ grant }) => grant)
        .join(" "),
  };
}
