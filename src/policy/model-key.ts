import { actionKind, actionNames } from "./actions.ts";
import { compileGlob, type Glob } from "./glob.ts";
import type { MatchField, Rule } from "./rule.ts";

/** Actions that change what they do not name as a path. */
const changesAnything = new Set(["proposal.open", "proposal.land"]);

/**
 * Why a model may not be one of two keys of a rule, or undefined when it may: it asks for two keys, and by its `match` alone it can never be about a
 * credential, an order, or anything below policies/, where rules, signers and limits lie.
 */
export function modelMayNotCount(rule: Pick<Rule, "effect" | "match">): { message: string; hint: string } | undefined {
  if (rule.effect !== "two-key")
    return { message: `modelMayCount says something about two keys, and the rule's effect is ${rule.effect}`, hint: "effect: two-key" };
  const patterns = (field: MatchField): readonly Glob[] | undefined => rule.match.find((part) => part.field === field)?.globs;
  const classes = patterns("class");
  if (!(["C", "T"] as const).every((each) => classes?.some((glob) => glob.test(each)) === false))
    return { message: "a model is no key for credentials and orders, and this rule may match class C or T", hint: "match: { class: [W, B] }" };
  const paths = patterns("path");
  if (paths !== undefined) {
    const reaching = paths.find((glob) => mayReachPolicies(glob.pattern));
    if (reaching === undefined) return undefined;
    return {
      message: `a model is no key for policies, and match.path ${JSON.stringify(reaching.pattern)} may reach policies/`,
      hint: "match: { path: 'docs/**' }",
    };
  }
  const actions = patterns("action");
  const open = actionNames.find((name) => (actions === undefined || actions.some((glob) => glob.test(name))) && mayTouchFiles(name));
  if (open === undefined) return undefined;
  return {
    message: `a model is no key for policies, and without match.path this rule may match ${open} of a file below policies/`,
    hint: "match: { path: 'docs/**' }",
  };
}

function mayTouchFiles(action: string): boolean {
  return changesAnything.has(action) || actionKind(action)?.needs.some((fact) => fact === "path") === true;
}

/** By its first segment; where braces hold a slash, that says nothing. */
function mayReachPolicies(pattern: string): boolean {
  if (/\{[^}]*\//.test(pattern)) return true;
  const [first = ""] = pattern.split("/");
  const glob = compileGlob(first.toLowerCase(), "path");
  return "problem" in glob || glob.test("policies");
}
