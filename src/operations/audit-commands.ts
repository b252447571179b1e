import { shellWord } from "../base/shell-word.ts";
import { approvalNamespace } from "./approval-statement.ts";
import { approvalsRef } from "./approval-ref.ts";
import { signersPath } from "./approval-signers.ts";
import type { Verification } from "./verify-proposal.ts";

/**
 * The commands by which somebody who trusts git and ssh-keygen, and not us, finds the same: a shell script for a clone of the repository, which ends with an error
 * at the first thing that is not so. Replace refs are switched off, since they would show other objects than those that were signed.
 */
export function auditCommands({ verified, repositoryId, votes, approvals }: Verification): string[] {
  const { proposal, target, base, head, tree, policy, gates, landed } = verified;
  const ref = approvalsRef(proposal);
  const counted = votes.filter((vote) => vote.counts && vote.how === "signed" && vote.fingerprint !== undefined);
  return [
    "set -eu",
    "export GIT_NO_REPLACE_OBJECTS=1",
    "# the answers are not part of an ordinary clone",
    `git rev-parse -q --verify ${ref} > /dev/null || git fetch origin ${ref}:${ref}`,
    `git cat-file -e ${head} || git fetch origin refs/heads/agentctl/${proposal}`,
    "# the change: one commit on its base, with the tree that was signed",
    same(`git rev-list --first-parent --max-parents=0 ${policy}`, repositoryId),
    same(`git rev-parse ${head}^`, base),
    same(`git rev-parse ${head}^{tree}`, tree),
    ...(landed === undefined
      ? []
      : [
          "# what landed: a merge of it into the protected branch, with that very tree",
          same(`git rev-parse ${landed.commit}^1 ${landed.commit}^2 | tr '\\n' ' '`, `${policy} ${head} `),
          same(`git rev-parse ${landed.commit}^{tree}`, tree),
          `test "$(git rev-parse ${policy}^{tree})" = "$(git rev-parse ${base}^{tree})"`,
        ]),
    "# who may sign: as the protected branch said before it, not as the change says",
    'd="$(mktemp -d)"',
    `git cat-file blob ${policy}:${signersPath} > "$d/signers"`,
    ...counted.flatMap(({ who, digest, receivedMs, touched }) => {
      const at = new Date(receivedMs).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
      const name = digest.slice(0, 16);
      return [
        `# ${who}`,
        `git cat-file blob ${approvals}:votes/${digest}/statement > "$d/${name}"`,
        `git cat-file blob ${approvals}:votes/${digest}/signature > "$d/${name}.sig"`,
        `TZ=UTC ssh-keygen -Y verify -f "$d/signers" -I ${shellWord(who)} -n ${approvalNamespace} -O verify-time=${at} -s "$d/${name}.sig" < "$d/${name}"`,
        ...(touched === true
          ? [
              "# by a security key: ssh-keygen does not ask whether somebody touched it, which the fifth byte from the end says",
              `sed '/^-----/d' "$d/${name}.sig" | base64 -d | tail -c 5 | head -c 1 | od -An -tu1 | grep -q '[13579]$'`,
            ]
          : []),
        ...[
          ["type", "agentctl-proposal-v1"],
          ["decision", "approve"],
          ["repository", repositoryId],
          ["proposal", proposal],
          ["target", target],
          ["base", base],
          ["head", head],
          ["tree", tree],
          ["gates", gates?.digest ?? ""],
        ].map(([field, value]) => `grep -qF ${shellWord(`"${field}":"${value}"`)} "$d/${name}"`),
      ];
    }),
    ...(gates === undefined
      ? []
      : [
          "# what the gates said of it: the text whose digest was signed",
          same(`git cat-file blob ${approvals}:gates/${gates.digest}.json | sha256sum | cut -c1-64`, gates.digest),
          `git cat-file blob ${approvals}:gates/${gates.digest}.json | tr ',' '\\n' | grep -E '"(gate|verdict)":'`,
        ]),
    `# ${counted.length} ${counted.length === 1 ? "person has" : "people have"} signed`,
    `echo ${shellWord(`${proposal}: ${counted.length} signed`)}`,
  ];
}

function same(command: string, expected: string): string {
  return `test "$(${command})" = ${shellWord(expected)}`;
}
