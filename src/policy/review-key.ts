import type { Rule } from "./rule.ts";

/**
 * Why a review of a pull request may not be the approval that a rule asks for, or undefined when it may: the rule asks for one approval of landing a change, and by its
 * `match` alone it can never be about credentials and orders, which take signatures.
 */
export function reviewMayNotCount(rule: Pick<Rule, "effect" | "match">): { message: string; hint: string } | undefined {
  if (rule.effect !== "approve")
    return { message: `reviewMayCount says something about one approval, and the rule's effect is ${rule.effect}`, hint: "effect: approve" };
  const globs = (field: string) => rule.match.find((part) => part.field === field)?.globs;
  const actions = globs("action");
  if (actions === undefined || actions.some(({ pattern }) => pattern !== "proposal.land"))
    return { message: "a review of a pull request is about landing it, and this rule may match other actions", hint: "match: { action: proposal.land }" };
  const classes = globs("class");
  if (!(["C", "T"] as const).every((each) => classes?.some((glob) => glob.test(each)) === false))
    return { message: "a review is no key for credentials and orders, and this rule may match class C or T", hint: "match: { class: [W, B] }" };
  return undefined;
}
