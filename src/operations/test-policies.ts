import { AgentctlError } from "../base/errors.ts";
import type { SourceFile } from "../base/document.ts";
import type { Check, Report } from "../base/report.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { runCases } from "../policy/run-cases.ts";
import { openPolicies, type PolicySources } from "./policy-sources.ts";
import { version } from "./version.ts";

/** Reads and tries the policies on disk, or those of `ref`: one check for the reading of each, one for each case over all of them together. */
export async function testPolicies(asked: { cwd: string; env: NodeJS.ProcessEnv; ref?: string | undefined }): Promise<Report> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const files = asked.ref === undefined ? sources.draft() : await filesAt(sources, asked.ref);
  const { set, findings } = readPolicies(files);
  const names = [...new Set(files.flatMap(({ path }) => /^policies\/([^/]+)\//.exec(path)?.[1] ?? []))].toSorted();
  const reading = names.map((name): Check => {
    const file = `policies/${name}/policy.yaml`;
    return {
      name: `${name}: reads`,
      file,
      findings: findings.filter((finding) => finding.file?.startsWith(`policies/${name}/`) || finding.file === `policies/${name}`),
    };
  });
  if (names.length === 0) {
    reading.push({
      name: "policies",
      findings: [{ rule: "policy/none", level: "error", message: "there are no policies, so everything is denied", hint: "agentctl init" }],
    });
  }
  // Over a broken set every case is denied, which would only repeat what is said above.
  return { tool: "agentctl policy test", version, checks: set.broken === undefined ? [...reading, ...runCases(set)] : reading };
}

/** The files of policies/ at a revision. Error `policy/unknown-ref`. */
export async function filesAt(sources: PolicySources, ref: string): Promise<SourceFile[]> {
  const commit = await sources.repository.resolve(ref);
  if (commit === undefined)
    throw new AgentctlError("policy/unknown-ref", `there is no commit ${JSON.stringify(ref)}`, { hint: "git log --oneline", exit: "usage" });
  return sources.repository.readFiles(commit, "policies");
}
