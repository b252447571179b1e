import { AgentctlError, messageOf } from "../base/errors.ts";
import { place } from "../base/finding.ts";
import { checkSignature } from "../git/ssh-signature.ts";
import { readSigners, signersFile, validSigners, type Signer } from "../policy/signers.ts";
import { approvalNamespace } from "./approval-statement.ts";
import type { Authority } from "./load-authority.ts";

export const signersPath = "policies/signers";

/** The people of the protected branch's commit; the working tree and other branches have no say. Error `approval/bad-signers` lists each line. */
export async function approvalSigners({ repository, commit }: Pick<Authority, "repository" | "commit">): Promise<Signer[]> {
  const data = await repository.readPath(commit, signersPath);
  if (data === undefined) return [];
  const { signers, findings } = readSigners({ path: signersPath, text: Buffer.from(data).toString("utf8") });
  if (findings.length === 0) return signers;
  const listed = findings.slice(0, 20).map((finding) => `${place(finding)}  ${finding.message}${finding.hint === undefined ? "" : `  (${finding.hint})`}`);
  throw new AgentctlError(
    "approval/bad-signers",
    `${signersPath} of ${commit.slice(0, 10)} is refused, so nobody's signature counts:\n  ${listed.join("\n  ")}`,
    {
      hint: `mend ${signersPath} and commit it`,
      exit: "unauthenticated",
      details: findings,
    },
  );
}

export interface Person {
  who: string;
  fingerprint: string;
}

/**
 * Who made a signature, judged now: by a key that the commit lists for approvals and whose time has come and not gone.
 * Errors: `approval/bad-signature` (exit verification), `approval/unknown-signer` (exit unauthenticated).
 */
export async function personOf(
  authority: Pick<Authority, "repository" | "commit">,
  signed: { data: string; signature: string; atMs: number },
): Promise<Person> {
  const signers = await approvalSigners(authority);
  const valid = validSigners(signers, approvalNamespace, signed.atMs);
  const checked = await checkSignature({ data: signed.data, signature: signed.signature, namespace: approvalNamespace }, signersFile(valid, approvalNamespace));
  if (checked.state === "bad") {
    throw new AgentctlError("approval/bad-signature", `the signature is none over this statement: ${checked.said.split("\n")[0] ?? messageOf("")}`, {
      hint: `sign what \`agentctl approval show … --statement\` prints, with ssh-keygen -Y sign -n ${approvalNamespace}`,
      exit: "verification",
    });
  }
  const signer = valid.find(({ fingerprint }) => fingerprint === checked.fingerprint);
  if (checked.state === "good" && signer?.principal === checked.principal) return { who: signer.principal, fingerprint: signer.fingerprint };
  throw unknownSigner(
    checked.fingerprint,
    signers.find(({ fingerprint }) => fingerprint === checked.fingerprint),
  );
}

function unknownSigner(fingerprint: string, listed: Signer | undefined): AgentctlError {
  const why =
    listed === undefined
      ? `is not in ${signersPath} of the protected branch`
      : `stands in ${signersPath}:${listed.line}, but not for ${approvalNamespace} at this time`;
  return new AgentctlError("approval/unknown-signer", `the key ${fingerprint} ${why}`, {
    hint: `a line of ${signersPath}, committed: <name> namespaces="${approvalNamespace}" <public key>`,
    exit: "unauthenticated",
  });
}
