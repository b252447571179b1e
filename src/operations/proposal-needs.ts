import { newId } from "../base/ids.ts";
import type { Repository } from "../git/repository.ts";
import { modelsMayJudge, type Needed } from "../policy/approval.ts";
import { decide, strictest } from "../policy/decide.ts";
import { riskClasses, type Decision } from "../policy/request.ts";
import type { Proposal, Risk } from "../proposal/proposal.ts";
import { riskOf } from "../proposal/risk.ts";
import type { Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { raisedBy } from "./raised-by.ts";

/** What has to be agreed before a proposal lands. */
export interface ProposalNeeds {
  risk: Risk;
  /** Undefined where it may not land at all. */
  needed: Needed | undefined;
  /** Of the base's policies, one a changed path. */
  decisions: Decision[];
  /** Why it may not land, or what raises what it takes; one line each. */
  why: string[];
}

/** What a change asks for by what it touches and what its files say. */
export async function riskAt(repository: Repository, proposal: Pick<Proposal, "changes">): Promise<Risk> {
  return riskOf(proposal.changes, await raisedBy(repository, proposal.changes));
}

/**
 * The floor of the engine and what the policies of the protected branch say of each path (action `proposal.land`, by whoever is at the shell): the stricter one
 * holds. A plain allow still takes one approval. A model never counts as a key where the floor is two keys, nor for credentials, orders and policies.
 */
export async function proposalNeeds(authority: Pick<Authority, "repository" | "set" | "commit">, proposal: Proposal): Promise<ProposalNeeds> {
  const { repository, set, commit } = authority;
  const risk = await riskAt(repository, proposal);
  const actor = { kind: "person" as const, name: personName() };
  const args = { proposal: proposal.id, proposer: `${proposal.proposer.kind} ${proposal.proposer.name}`, kinds: risk.kinds };
  const decisions = proposal.changes.map(({ path }) => {
    const alone = riskOf(proposal.changes.filter((change) => change.path === path));
    return decide({ action: "proposal.land", class: alone.class, actor, path, args }, set, { id: newId("d"), commit });
  });
  const why = risk.why.map(({ path, effect, reason }) => `${path}  ${effect}: ${reason}`);
  const denied = decisions.filter(({ effect }) => effect === "deny");
  if (risk.effect === "deny" || denied.length > 0) {
    return {
      risk,
      needed: undefined,
      decisions,
      why: [...denied.map(({ request, reason, rules }) => `${request.path ?? ""}  deny: ${reason} (${rules[0] ?? "no rule"})`), ...why],
    };
  }
  const policy = strictest(decisions.map(({ effect }) => effect));
  const twoKey = decisions.filter(({ effect }) => effect === "two-key");
  for (const { request, rules, reason } of twoKey) why.push(`${request.path ?? ""}  two-key: ${reason} (${rules[0] ?? ""})`);
  const effect = risk.effect === "two-key" || policy === "two-key" ? "two-key" : "approve";
  const classes = new Set([risk.class, ...decisions.map(({ request }) => request.class)]);
  const modelMayCount =
    risk.effect !== "two-key" &&
    twoKey.length > 0 &&
    twoKey.every((decision) => decision.modelMayCount === true) &&
    decisions.every(({ request }) => modelsMayJudge(request));
  return { risk, needed: { effect, class: riskClasses.findLast((each) => classes.has(each)) ?? "C", modelMayCount }, decisions, why };
}
