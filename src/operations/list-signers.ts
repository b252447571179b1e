import { isoTime, systemClock } from "../base/clock.ts";
import { ownPublicKeys } from "../git/own-keys.ts";
import { approvalSigners } from "./approval-signers.ts";
import { approvalNamespace } from "./approval-statement.ts";
import { loadAuthority } from "./load-authority.ts";

export interface SignerSummary {
  name: string;
  keyType: string;
  fingerprint: string;
  /** What it may sign. */
  namespaces: readonly string[];
  /** good, later (its time has not come), expired, or other: it is not for approvals. */
  state: "good" | "later" | "expired" | "other";
  from?: string | undefined;
  until?: string | undefined;
  github?: string | undefined;
  /** The public half lies among this person's own keys. */
  yours: boolean;
  line: number;
}

/** The people whose approval counts, as the protected branch's commit says. Error `approval/bad-signers` (unauthenticated). */
export async function listSigners({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<{ commit: string; signers: SignerSummary[] }> {
  const authority = await loadAuthority(cwd, env);
  const [signers, own] = await Promise.all([approvalSigners(authority), ownPublicKeys()]);
  const nowMs = systemClock.nowMs();
  return {
    commit: authority.commit,
    signers: signers.map(({ principal, keyType, key, fingerprint, namespaces, validFromMs, validUntilMs, github, line }) => ({
      name: principal,
      keyType,
      fingerprint,
      namespaces,
      state: !namespaces.includes(approvalNamespace)
        ? "other"
        : validUntilMs !== undefined && nowMs >= validUntilMs
          ? "expired"
          : validFromMs !== undefined && nowMs < validFromMs
            ? "later"
            : "good",
      ...(validFromMs !== undefined && { from: isoTime(validFromMs) }),
      ...(validUntilMs !== undefined && { until: isoTime(validUntilMs) }),
      ...(github !== undefined && { github }),
      yours: own.has(key),
      line,
    })),
  };
}

/** One of them by name. */
export async function showSigner(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<SignerSummary | undefined> {
  const { signers } = await listSigners(asked);
  return signers.find(({ name, fingerprint }) => name === asked.name || fingerprint === asked.name);
}
