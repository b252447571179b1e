import type { Path, YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { actionNames } from "./actions.ts";
import { completeRequest, type ShortRequest } from "./complete-request.ts";
import { compileExpression } from "./expression.ts";
import { RequestFacts } from "./facts.ts";
import { compileGlob, type Glob, type GlobKind } from "./glob.ts";
import { modelMayNotCount } from "./model-key.ts";
import { unknownPlaceholder } from "./placeholders.ts";
import { refuse } from "./refusal.ts";
import type { Effect } from "./request.ts";
import { reviewMayNotCount } from "./review-key.ts";
import { ask, matchFields, type FieldMatch, type MatchField, type Rule } from "./rule.ts";

/** A rule as policySchema lets it through. */
export interface RawRule {
  id: string;
  match?: Partial<Record<MatchField, string | string[]>>;
  when?: string;
  effect: Effect;
  reason: string;
  would?: string;
  modelMayCount?: boolean;
  reviewMayCount?: boolean;
  examples?: { match?: ShortRequest[]; differ?: ShortRequest[] };
}

/** Compiles one rule and tries it on its own examples. */
export function readRule(policy: string, raw: RawRule, document: YamlDocument, path: Path): { rule: Rule; findings: Finding[] } {
  const findings: Finding[] = [];
  const report = (rule: string, at: Path, message: string, hint?: string): void => {
    findings.push({ rule, level: "error", message: `rule ${raw.id}: ${message}`, file: document.file, ...document.at(at), hint });
  };
  const match = matchFields.flatMap((field): FieldMatch[] => {
    const patterns = raw.match?.[field];
    if (patterns === undefined) return [];
    return [{ field, globs: readGlobs(field, [patterns].flat(), (message, hint) => report("policy/pattern", [...path, "match", field], message, hint)) }];
  });
  let when: Rule["when"];
  if (raw.when !== undefined) {
    const compiled = compileExpression(raw.when);
    if ("expression" in compiled) when = compiled.expression;
    else report("policy/when", [...path, "when"], compiled.problem.message, compiled.problem.hint);
  }
  for (const key of ["reason", "would"] as const) {
    const unknown = raw[key] === undefined ? undefined : unknownPlaceholder(raw[key]);
    if (unknown !== undefined) report("policy/placeholder", [...path, key], unknown.message, unknown.hint);
  }
  const rule: Rule = {
    id: `${policy}/${raw.id}`,
    file: document.file,
    line: document.at([...path, "id"]).line,
    effect: raw.effect,
    reason: raw.reason,
    would: raw.would,
    modelMayCount: raw.modelMayCount === true,
    reviewMayCount: raw.reviewMayCount === true,
    match,
    when,
  };
  const unfit = rule.modelMayCount ? modelMayNotCount(rule) : undefined;
  if (unfit !== undefined) report("policy/model-key", [...path, "modelMayCount"], unfit.message, unfit.hint);
  const unreviewed = rule.reviewMayCount ? reviewMayNotCount(rule) : undefined;
  if (unreviewed !== undefined) report("policy/review-key", [...path, "reviewMayCount"], unreviewed.message, unreviewed.hint);
  // Examples of a rule that did not compile would only repeat what is said above.
  if (findings.length === 0) tryExamples(rule, raw, path, report);
  return { rule, findings };
}

function readGlobs(field: MatchField, patterns: readonly string[], report: (message: string, hint?: string) => void): Glob[] {
  const kind: GlobKind = field === "path" || field === "host" ? field : "name";
  return patterns.flatMap((pattern) => {
    // Actors are told apart as person:alice and agent:quant.
    const glob = compileGlob(field === "actor" && !pattern.includes(":") ? `${pattern}:*` : pattern, kind);
    if ("problem" in glob) {
      report(`match.${field} ${JSON.stringify(pattern)}: ${glob.problem}`);
      return [];
    }
    if (field === "action" && !actionNames.some((name) => glob.test(name))) {
      const near = nearest(pattern, actionNames);
      report(`match.action ${JSON.stringify(pattern)} is no action`, near === undefined ? `actions: ${actionNames.join(", ")}` : `did you mean "${near}"?`);
    }
    if (field === "actor" && !/^(person|agent|\*)(:|$)/.test(pattern))
      report(`match.actor ${JSON.stringify(pattern)} is neither person nor agent`, "person, agent, or person:alice");
    return [{ ...glob, pattern }];
  });
}

function tryExamples(rule: Rule, raw: RawRule, path: Path, report: (rule: string, at: Path, message: string, hint?: string) => void): void {
  if (rule.effect === "deny" && (raw.examples?.match?.length ?? 0) === 0) {
    report("policy/example", path, "a rule that denies needs an example", "examples: { match: [a request that it must deny] }");
  }
  for (const side of ["match", "differ"] as const) {
    raw.examples?.[side]?.forEach((example, index) => {
      const at = [...path, "examples", side, index];
      const request = completeRequest(example);
      const refusal = refuse(request);
      if (refusal !== undefined) {
        report("policy/example", at, `the example is refused before any rule: ${refusal.reason}`, refusal.would);
        return;
      }
      const outcome = ask(rule, request, () => new RequestFacts(request));
      if (outcome.kind === "error") report("policy/example", at, `the condition fails on this example: ${outcome.message}`);
      else if (side === "match" && outcome.kind === "differs") report("policy/example", at, `must match this example and does not: ${outcome.field} differs`);
      else if (side === "differ" && outcome.kind === "matches") report("policy/example", at, "must not match this example, and does");
    });
  }
}
