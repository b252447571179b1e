/** What is asked of the policy: one action, with every fact that a rule may look at. Recorded whole, so that it can be decided again. */

/** R read, W workspace write, B backtest, N notification, C credential, T trading. */
export const riskClasses = ["R", "W", "B", "N", "C", "T"] as const;
export type RiskClass = (typeof riskClasses)[number];

export interface Actor {
  kind: "person" | "agent";
  /** The agent's name, or the person's login. */
  name: string;
  /** Autonomy level 1 to 4; agents only. */
  level?: number | undefined;
}

export interface SkillFacts {
  name: string;
  /** own: written in this workspace; trusted: from elsewhere and trusted in the commit; untrusted: from elsewhere. */
  trust: "own" | "trusted" | "untrusted";
  /** Whether the files that would run are the ones of the commit that policy is read from. */
  committed: boolean;
  /** Digest over the files of the skill. */
  digest: string;
  version?: string | undefined;
}

export interface ActionRequest {
  /** Dotted verb, e.g. `skill.run`, `tool.call`, `net.connect`, `file.write`. */
  action: string;
  class: RiskClass;
  actor: Actor;
  tool?: string | undefined;
  skill?: SkillFacts | undefined;
  /** Relative to the workspace, normalised, with `/`. */
  path?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  runner?: string | undefined;
  limits?: { timeoutMs: number; memoryMiB: number } | undefined;
  /** The arguments of the call, masked. */
  args?: { readonly [name: string]: unknown } | undefined;
}

export const effects = ["allow", "approve", "two-key", "deny"] as const;
/** Strictness rises from allow to deny; the strictest matching rule decides. */
export type Effect = (typeof effects)[number];

export interface Decision {
  /** d-… */
  id: string;
  effect: Effect;
  /** `policy/rule` of every rule with the deciding effect; empty when nothing matched. */
  rules: string[];
  reason: string;
  /** Where the first deciding rule stands. */
  at?: { file: string; line: number } | undefined;
  /** What would have allowed it, in words a person and an agent can act on. */
  would?: string | undefined;
  /** Of two-key: every rule that asks for it lets a model be one of the two. */
  modelMayCount?: true | undefined;
  /** Of approve: every rule that asks for it lets a review of the pull request be that approval. */
  reviewMayCount?: true | undefined;
  policy: { commit: string; digest: string };
  request: ActionRequest;
}
