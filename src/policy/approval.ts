import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { strictest } from "./decide.ts";
import { riskClasses, type ActionRequest, type Decision, type Effect, type RiskClass } from "./request.ts";

/** action: may this be done; question: the agent asks; outcome: a crash hid what became of a call. */
export type ApprovalKind = "action" | "question" | "outcome";
export type ApprovalEffect = Extract<Effect, "approve" | "two-key">;

/** Everything that an approval is about. One that differs in anything is another action, and needs another approval. */
export interface ExactAction {
  /** The run that the objective was given to. */
  root: string;
  /** Names the call within the run. */
  key: string;
  kind: ApprovalKind;
  agent: string;
  tool?: string | undefined;
  args?: unknown;
  question?: string | undefined;
  /** What policy was asked. */
  requests: readonly ActionRequest[];
  /** What it takes: what was approved by one person is not what takes two since policy became stricter. */
  needs: Pick<Needed, "effect" | "modelMayCount">;
}

/** SHA-256 of the canonical JSON of an action. Error base/no-canonical-json for what is no data. */
export function actionDigest({ root, key, kind, agent, tool, args, question, requests, needs }: ExactAction): string {
  const { effect, modelMayCount } = needs;
  return sha256(canonicalJson({ type: "agentctl-action-v1", root, key, kind, agent, tool, args, question, requests, effect, modelMayCount }));
}

/** Who has to agree to an action. */
export interface Needed {
  effect: ApprovalEffect;
  /** The riskiest of its requests. */
  class: RiskClass;
  /** One of two keys may be a model. */
  modelMayCount: boolean;
}

/**
 * What the decisions about a call ask for: the strictest effect, the riskiest class; a model may count where every rule that asks for two keys says so and
 * nothing that is asked is a credential, an order or a policy. Undefined when one of them denies. `least` is the class of what nothing was decided about.
 */
export function neededFor(decisions: readonly Decision[], least: RiskClass = "R"): Needed | undefined {
  const effect = strictest(decisions.map((decision) => decision.effect));
  if (effect === "deny") return undefined;
  const classes = new Set<RiskClass>([least, ...decisions.map(({ request }) => request.class)]);
  const twoKey = decisions.filter((decision) => decision.effect === "two-key");
  return {
    effect: effect === "two-key" ? "two-key" : "approve",
    class: riskClasses.findLast((each) => classes.has(each)) ?? "T",
    modelMayCount:
      twoKey.length > 0 && twoKey.every((decision) => decision.modelMayCount === true) && decisions.every(({ request }) => modelsMayJudge(request)),
  };
}

/** Credentials, orders and policies (signers and limits lie there too) are judged by people only. */
export function modelsMayJudge({ class: riskClass, path }: Pick<ActionRequest, "class" | "path">): boolean {
  return riskClass !== "C" && riskClass !== "T" && !/^policies(\/|$)/i.test(path ?? "");
}

export type VoteHow = "signed" | "unsigned" | "model";

/** An answer to an approval. `who` is the principal of the key, the login of the person, or the model. */
export interface Vote {
  who: string;
  how: VoteHow;
  /** Of the key that signed. */
  fingerprint?: string | undefined;
  vote: "approve" | "deny";
}

export interface Tally {
  state: "open" | "approved" | "denied";
  /** Those whose agreement counts. */
  counted: readonly Vote[];
  /** What an open one still needs, in words. */
  needs?: string | undefined;
}

/**
 * What votes come to. Anybody's no ends it. A yes counts once a person and once a key, and never when it is the agent's own; without a signature it counts only
 * where one person is enough and neither a credential nor an order is asked for. A model never replaces the person, only the second one.
 */
export function tally(needed: Needed & { agent: string }, votes: readonly Vote[]): Tally {
  if (votes.some(({ vote }) => vote === "deny")) return { state: "denied", counted: [] };
  const counted: Vote[] = [];
  for (const vote of votes) {
    if (counts(needed, vote) && !counted.some((other) => isSame(other, vote) || (other.how === "model" && vote.how === "model"))) counted.push(vote);
  }
  const people = counted.filter(({ how }) => how !== "model").length;
  if (people >= (needed.effect === "two-key" ? 2 : 1) || (people === 1 && counted.length === 2)) return { state: "approved", counted };
  return { state: "open", counted, needs: lacking(needed, people, counted.length - people) };
}

/** Whether a yes counts at all; the same vote twice is not looked at here. */
export function counts(needed: Needed & { agent: string }, { who, how, fingerprint }: Vote): boolean {
  if (sameName(who, needed.agent)) return false;
  if (how === "signed") return fingerprint !== undefined;
  if (how === "unsigned") return !signatureNeeded(needed);
  return needed.effect === "two-key" && needed.modelMayCount && modelsMayJudge(needed);
}

/** Whether only signed votes count. */
export function signatureNeeded({ effect, class: riskClass }: Pick<Needed, "effect" | "class">): boolean {
  return effect === "two-key" || riskClass === "C" || riskClass === "T";
}

/** One person under two names has one key; one name with two keys is one person. */
export function isSame(a: Vote, b: Vote): boolean {
  return sameName(a.who, b.who) || (a.fingerprint !== undefined && a.fingerprint === b.fingerprint);
}

/** Names that a person would read as the same. */
export function sameName(a: string, b: string): boolean {
  return a.normalize("NFKC").trim().toLowerCase() === b.normalize("NFKC").trim().toLowerCase();
}

function lacking({ effect, modelMayCount, class: riskClass }: Needed, people: number, models: number): string {
  if (effect === "approve") return signatureNeeded({ effect, class: riskClass }) ? "a person with a key" : "a person";
  if (people === 1) return modelMayCount && models === 0 ? "another person with a key, or a model" : "another person with a key";
  if (models === 1) return "a person with a key";
  return modelMayCount ? "two people with their keys, or a person and a model" : "two people with their keys";
}
