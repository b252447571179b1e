import type { RiskClass } from "../policy/request.ts";
import { foldedPath } from "./look-alike.ts";
import { proposalKinds, type PathChange, type ProposalKind, type Risk } from "./proposal.ts";

/** Rising; policy has the same order. */
const classes: readonly RiskClass[] = ["R", "W", "B", "N", "C", "T"];

interface Touch {
  kind: ProposalKind;
  class: Risk["class"];
  effect: Risk["effect"];
  reason?: string;
}

/** What lies where; the first that fits. Compared without case, since some file systems know none. */
const places: readonly { path: RegExp; touch: Touch }[] = [
  { path: /(^|\/)\.gitmodules$/, touch: { kind: "automation", class: "C", effect: "deny", reason: "submodules are never landed" } },
  { path: /(^|\/)\.git(attributes|config)$/, touch: { kind: "automation", class: "C", effect: "two-key", reason: "decides what git runs and shows" } },
  { path: /^policies\/(signers|people)/, touch: { kind: "signer", class: "C", effect: "two-key", reason: "decides whose approval counts" } },
  { path: /^policies(\/|$)/, touch: { kind: "policy", class: "C", effect: "two-key", reason: "decides what is allowed" } },
  {
    path: /^agentctl\.ya?ml$/,
    touch: { kind: "configuration", class: "C", effect: "two-key", reason: "holds limits, addresses and what counts where committed" },
  },
  { path: /^skills\/lock\.yaml$/, touch: { kind: "skill", class: "C", effect: "two-key", reason: "says which skills from elsewhere are trusted" } },
  { path: /^skills(\/|$)/, touch: { kind: "skill", class: "W", effect: "approve" } },
  { path: /^agents(\/|$)/, touch: { kind: "agent", class: "W", effect: "approve" } },
  { path: /^strategies(\/|$)/, touch: { kind: "strategy", class: "B", effect: "approve" } },
  { path: /^evaluations(\/|$)/, touch: { kind: "evaluation", class: "C", effect: "two-key", reason: "judges proposals" } },
  { path: /^memory(\/|$)/, touch: { kind: "memory", class: "W", effect: "approve" } },
  { path: /^data(\/|$)/, touch: { kind: "data", class: "W", effect: "approve" } },
  { path: /^runners(\/|$)/, touch: { kind: "runner", class: "C", effect: "two-key", reason: "is what code is confined by" } },
  {
    path: /^(\.github|\.gitlab|\.circleci|\.ci)(\/|$)|^(action\.ya?ml|\.gitlab-ci\.yml|codeowners|docs\/codeowners|agents\.md)$/,
    touch: { kind: "automation", class: "C", effect: "two-key", reason: "runs with rights, or says who reviews" },
  },
];
const other: Touch = { kind: "files", class: "W", effect: "approve" };

/** What in the content of a file raises what its path asks for; found by reading it. */
export interface Raised {
  path: string;
  reason: string;
}

/**
 * What a change asks for, from its paths and modes, and from what reading the files found (`raised`: takes two keys). Never from its title. Links and
 * submodules are refused; a file that becomes a program takes two keys.
 */
export function riskOf(changes: readonly PathChange[], raised: readonly Raised[] = []): Risk {
  const touches = changes.flatMap((change) => touchesOf(change).map((touch) => ({ path: change.path, ...touch })));
  const whole = [
    ...touches,
    ...raised.map(({ path, reason }) => ({
      path,
      kind: touches.find((touch) => touch.path === path)?.kind ?? ("files" as const),
      class: "W" as const,
      effect: "two-key" as const,
      reason,
    })),
  ];
  if (whole.length === 0) return { kinds: [], class: "W", effect: "deny", why: [{ path: "", effect: "deny", reason: "it changes nothing" }] };
  const effects = ["approve", "two-key", "deny"] as const;
  return {
    kinds: proposalKinds.filter((kind) => whole.some((touch) => touch.kind === kind)),
    class: classes.findLast((each) => whole.some((touch) => touch.class === each)) ?? "C",
    effect: effects.findLast((effect) => whole.some((touch) => touch.effect === effect)) ?? "deny",
    why: whole
      .flatMap(({ path, effect, reason }) => (reason === undefined ? [] : [{ path, effect, reason }]))
      .toSorted((a, b) => effects.indexOf(b.effect) - effects.indexOf(a.effect)),
  };
}

function touchesOf({ path, before, after }: PathChange): Touch[] {
  const folded = foldedPath(path);
  const { touch } = places.find((place) => place.path.test(folded)) ?? { touch: other };
  const touches = [touch];
  for (const side of [before, after]) {
    if (side?.mode === "120000") touches.push({ ...touch, class: "C", effect: "deny", reason: "a link: what is behind it is not what was looked at" });
    if (side?.mode === "160000") touches.push({ ...touch, class: "C", effect: "deny", reason: "a submodule: what is in it is not in this repository" });
  }
  if (after !== undefined && !/^1(00644|00755|20000|60000)$/.test(after.mode))
    touches.push({ ...touch, class: "C", effect: "deny", reason: `the mode ${after.mode}` });
  if (after?.mode === "100755" && before?.mode !== "100755") touches.push({ ...touch, effect: "two-key", reason: "becomes a program" });
  return touches;
}
