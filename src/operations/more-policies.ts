import { AgentctlError } from "../base/errors.ts";
import { decide, strictest } from "../policy/decide.ts";
import type { PolicySet } from "../policy/policy-set.ts";
import { readPolicies } from "../policy/read-policies.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import type { Authority } from "./load-authority.ts";

/** Policies of a commit. */
export interface MorePolicies {
  set: PolicySet;
  commit: string;
}

/** The policies of another commit, which decide beside the authority's. Error `policy/unknown-revision` (exit usage). */
export async function morePolicies({ repository }: Pick<Authority, "repository">, revision: string): Promise<MorePolicies> {
  const commit = await repository.resolve(revision);
  if (commit === undefined)
    throw new AgentctlError("policy/unknown-revision", `there is no commit ${JSON.stringify(revision)}`, { hint: "git log --oneline", exit: "usage" });
  return { set: readPolicies(await repository.readFiles(commit, "policies")).set, commit };
}

/** Asks every policy set concerned; of their answers the strictest, the first one where they agree. So a further set can forbid more, and never allow more. */
export function decideByAll(request: ActionRequest, first: MorePolicies, more: MorePolicies | undefined, id: string): Decision {
  const answers = [first, ...(more === undefined ? [] : [more])].map(({ set, commit }) => decide(request, set, { id, commit }));
  const effect = strictest(answers.map((answer) => answer.effect));
  return answers.find((answer) => answer.effect === effect) as Decision;
}
