import { readYaml, type SourceFile } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { completeRequest, type ShortRequest } from "./complete-request.ts";
import { casesSchema } from "./policy-schema.ts";
import type { Case, ReserveCase } from "./policy-set.ts";
import type { Effect } from "./request.ts";

/** A case as casesSchema lets it through: either a request or a reservation. */
type RawCase = { name: string } & ({ request: ShortRequest; effect: Effect; rule?: string } | { reserve: ReserveCase; granted: boolean; limit?: string });

/** The cases of a policy; that there are none is a finding, for a policy that nobody tried decides nothing. */
export function readCases(policy: string, source: SourceFile | undefined): { cases: Case[]; findings: Finding[] } {
  if (source === undefined) {
    const file = `policies/${policy}/policy.yaml`;
    const hint = "a policy without cases does not load";
    return { cases: [], findings: [{ rule: "policy/no-cases", level: "error", message: `the policy ${policy} has no cases.yaml`, file, line: 1, hint }] };
  }
  const { document, findings } = readYaml(source);
  if (document === undefined) return { cases: [], findings };
  const problems = checkDocument(casesSchema, document, "policy/schema");
  if (problems.length > 0) return { cases: [], findings: problems };
  const full = (id: string | undefined): string | undefined => (id === undefined || id.includes("/") ? id : `${policy}/${id}`);
  const cases = (document.value as RawCase[]).map((raw, index): Case => {
    const place = { name: raw.name, policy, file: source.path, line: document.at([index]).line };
    if ("reserve" in raw) return { ...place, reserve: raw.reserve, granted: raw.granted, limit: full(raw.limit) };
    return { ...place, request: completeRequest(raw.request), effect: raw.effect, rule: full(raw.rule) };
  });
  return { cases, findings: [] };
}
