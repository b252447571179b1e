import { decide } from "./decide.ts";
import type { Case, PolicySet } from "./policy-set.ts";
import { decideCase } from "./run-cases.ts";
import type { ActionRequest, Effect } from "./request.ts";

/** A request that two policy sets decide differently. */
export interface Change {
  from: Effect;
  to: Effect;
  action: string;
  /** What it is about: the host, path, skill or tool. */
  about: string;
  reason: string;
  rules: string[];
}

export interface CaseChange extends Change {
  case: string;
  file: string;
  line: number;
}

/** Recorded decisions that would change, put together by what they are about. */
export interface DecisionChange extends Change {
  count: number;
  runs: string[];
}

export interface Recorded {
  run: string;
  request: ActionRequest;
}

/** How `after` decides otherwise than `before`: over the cases of both, and over requests that were really made. */
export function compareCases(before: PolicySet, after: PolicySet): CaseChange[] {
  const seen = new Set<string>();
  return [after, before].flatMap((set) =>
    set.policies.flatMap((policy) =>
      policy.cases.flatMap((each): CaseChange[] => {
        if (!isRequestCase(each)) return [];
        const key = JSON.stringify(each.request);
        if (seen.has(key)) return [];
        seen.add(key);
        const change = changeOf(each.request, decideCase(each, before).effect, after);
        return change === undefined ? [] : [{ ...change, case: `${each.policy}: ${each.name}`, file: each.file, line: each.line }];
      }),
    ),
  );
}

/** Requests that were made, decided again by both sets; those that differ are grouped, the most frequent first. */
export function compareRecorded(before: PolicySet, after: PolicySet, recorded: Iterable<Recorded>): { replayed: number; changes: DecisionChange[] } {
  const groups = new Map<string, DecisionChange>();
  let replayed = 0;
  for (const { run, request } of recorded) {
    replayed += 1;
    const change = changeOf(request, decide(request, before, { id: run, commit: "" }).effect, after);
    if (change === undefined) continue;
    const key = JSON.stringify([change.from, change.to, change.action, change.about]);
    const group = groups.get(key) ?? { ...change, count: 0, runs: [] };
    group.count += 1;
    if (!group.runs.includes(run)) group.runs.push(run);
    groups.set(key, group);
  }
  return { replayed, changes: [...groups.values()].toSorted((a, b) => b.count - a.count) };
}

function changeOf(request: ActionRequest, from: Effect, after: PolicySet): Change | undefined {
  const { effect, reason, rules } = decide(request, after, { id: "", commit: "" });
  if (effect === from) return undefined;
  return { from, to: effect, action: request.action, about: aboutOf(request), reason, rules };
}

function isRequestCase(each: Case): each is Extract<Case, { effect: Effect }> {
  return "request" in each;
}

/** The thing a request is about, in one word. */
function aboutOf(request: ActionRequest): string {
  return request.host ?? request.path ?? request.skill?.name ?? request.tool ?? `class ${request.class}`;
}
