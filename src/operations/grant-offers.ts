import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { grantScopes, scopeFor, type GrantScopeName, type GrantTerms } from "../policy/grant.ts";
import type { ActionRequest } from "../policy/request.ts";
import type { AskedApproval } from "./asked-approval.ts";

/** What `--scope` would stand for. */
export interface GrantOffer {
  scope: GrantScopeName;
  grants: GrantTerms[];
}

const daysMax = 90;
const dayMs = 86_400_000;

/** What could be granted beside approving once; nothing where two keys, a credential or an order are asked for. */
export function grantOffers({ row, action }: AskedApproval): GrantOffer[] {
  if (row.kind !== "action" || row.effect !== "approve") return [];
  const asking = action.decisions.filter(({ effect }) => effect === "approve");
  // A tool that its agent asks about although policy allows it: the call itself is what waits.
  const requests = (asking.length > 0 ? asking : action.decisions.filter(({ request }) => request.action === "tool.call")).map(({ request }) => request);
  return grantScopes.flatMap((scope) => {
    const grants = termsOf(scope, row.agent, requests);
    return grants.length === 0 ? [] : [{ scope, grants }];
  });
}

/** The grants that a person asks for by one word. Errors (exit usage): `approval/no-such-scope`, `approval/bad-until`. */
export function wantedGrants(asked: AskedApproval, wanted: { scope: GrantScopeName; untilMs: number }, nowMs: number): GrantTerms[] {
  const offers = grantOffers(asked);
  const offer = offers.find(({ scope }) => scope === wanted.scope);
  if (offer === undefined) {
    const { row } = asked;
    const others = offers.map(({ scope }) => `--scope ${scope}`).join(" or ");
    const hint = others === "" ? `agentctl approval approve ${row.approval}     approves it once` : others;
    throw new AgentctlError("approval/no-such-scope", `${row.approval} cannot be granted by ${wanted.scope}`, { hint, exit: "usage" });
  }
  if (wanted.untilMs <= nowMs || wanted.untilMs > nowMs + daysMax * dayMs) {
    throw new AgentctlError(
      "approval/bad-until",
      `a grant until ${isoTime(wanted.untilMs)} is refused: it ends in the future, at most ${daysMax} days from now`,
      {
        hint: "--until 7d",
        exit: "usage",
      },
    );
  }
  return offer.grants;
}

function termsOf(scope: GrantScopeName, agent: string, requests: readonly ActionRequest[]): GrantTerms[] {
  const terms = requests.flatMap((request): GrantTerms[] => {
    const found = scopeFor(scope, request);
    return found === undefined ? [] : [{ agent, action: request.action, scope: found }];
  });
  return [...new Map(terms.map((each) => [canonicalJson(each), each])).values()];
}
