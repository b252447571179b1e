import { closeSync, openSync, readSync } from "node:fs";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { ownSigningKey } from "../git/ssh-signature.ts";
import { previewVote } from "../operations/preview-vote.ts";
import { statementToSign, voteProposal, type VoteTaken } from "../operations/vote-proposal.ts";
import { confirm } from "./confirm.ts";
import { takenLines, voteLines } from "./proposal-vote-lines.ts";

/** What was typed after `approve` and `reject`. */
export interface VoteTyped {
  proposal: string;
  vote: "approve" | "reject";
  note?: string | undefined;
  head?: string | undefined;
  key?: string | undefined;
  unsigned?: boolean | undefined;
  statement: boolean;
  "statement-file"?: string | undefined;
  signature?: string | undefined;
  yes: boolean;
  /** Whoever calls lands it next, and says how that ended. */
  landsNext?: true | undefined;
}

interface Printer {
  words(line: string): void;
  data(line: string): void;
}

/** Shows what is signed, asks, signs, keeps it, and says what comes next. With `statement` it prints the text to sign, and nothing else. */
export async function answerProposal(typed: VoteTyped, { words, data }: Printer): Promise<VoteTaken | { statement: string }> {
  const wanted = { cwd: process.cwd(), env: process.env, proposal: typed.proposal, vote: typed.vote, note: typed.note ?? "", head: typed.head };
  if (typed.statement) {
    const statement = await statementToSign(wanted);
    data(statement.trimEnd());
    return { statement };
  }
  if ((typed["statement-file"] === undefined) !== (typed.signature === undefined)) {
    throw new AgentctlError("cli/usage", "--statement-file and --signature belong together: what was signed, and the signature", {
      hint: `agentctl proposal ${typed.vote} ${typed.proposal} --statement > answer`,
      exit: "usage",
    });
  }
  const signed =
    typed["statement-file"] === undefined || typed.signature === undefined
      ? undefined
      : { statement: readText(typed["statement-file"]), signature: readText(typed.signature) };
  const preview = await previewVote(wanted);
  for (const line of voteLines(preview)) words(line);
  const key = signed !== undefined || typed.unsigned === true ? undefined : (typed.key ?? (await ownSigningKey()));
  // Whoever signed it elsewhere has said yes there.
  if (typed.vote === "approve" && signed === undefined)
    await confirm(`${key === undefined ? "approve" : `sign with ${key}, and approve`} ${preview.proposal.id}?`, typed.yes);
  const taken = await voteProposal({ ...wanted, proposal: preview.proposal.id, head: preview.proposal.head, key, signed });
  const lines = takenLines(taken);
  for (const line of lines.data) data(line);
  if (typed.landsNext !== true || taken.state !== "approved") for (const line of lines.words) words(line);
  return taken;
}

const bytesMax = 128 * 1024;

function readText(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(bytesMax + 1);
      const bytes = readSync(file, buffer, 0, buffer.length, 0);
      if (bytes > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
      return buffer.toString("utf8", 0, bytes);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new AgentctlError("proposal/unreadable-file", `${path} cannot be read: ${messageOf(cause)}`, {
      hint: "ssh-keygen -Y sign writes the signature beside the statement, as FILE.sig",
      exit: "usage",
      cause,
    });
  }
}
