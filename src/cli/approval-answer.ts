import { closeSync, openSync, readSync } from "node:fs";
import { isoTime } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import { decideApproval, type AnswerGiven, type AnswerTaken } from "../operations/decide-approval.ts";
import { showApproval } from "../operations/show-approval.ts";
import { approvalLines, grantWords } from "./approval-lines.ts";
import { confirm } from "./confirm.ts";

/** What was typed after `approve` and `deny`; `signature` is a file. */
export type AnswerTyped = Pick<AnswerGiven, "approval" | "vote" | "key" | "signature" | "grant"> & { note?: string | undefined; yes: boolean };

interface Printer {
  words(line: string): void;
  data(line: string): void;
}

const signatureBytesMax = 16 * 1024;

/** Shows what is answered and what is granted, asks, answers, and says what comes next. */
export async function answerApproval(typed: AnswerTyped, { words, data }: Printer): Promise<AnswerTaken> {
  const asked = { cwd: process.cwd(), env: process.env, approval: typed.approval };
  const signature = typed.signature === undefined ? undefined : readSignature(typed.signature);
  if (typed.vote === "approve") {
    const shown = await showApproval(asked);
    if (!typed.yes && signature === undefined) for (const line of approvalLines(shown, { width: process.stderr.columns })) words(line);
    const { grant } = typed;
    const granted = grant === undefined ? [] : shown.offers.filter(({ scope }) => scope === grant.scope).flatMap(({ grants }) => grants);
    for (const terms of granted) words(`grant    ${grantWords(terms)}, until ${isoTime(grant?.untilMs ?? 0)}`);
    // Whoever signed it elsewhere has said yes there.
    if (signature === undefined)
      await confirm(granted.length === 0 ? `approve ${shown.approval} once?` : `approve ${shown.approval}, and grant this?`, typed.yes);
  }
  const { key, grant } = typed;
  const taken = await decideApproval({ ...asked, vote: typed.vote, note: typed.note ?? "", key, signature, grant });
  data(
    `${taken.vote === "deny" ? "denied" : taken.state === "open" ? "counted" : "approved"}  ${taken.approval}  by ${safeText(taken.who, { oneLine: true })} (${taken.how})`,
  );
  for (const each of taken.grants) data(`granted   ${each.grant}  ${grantWords(each)}, until ${isoTime(each.untilMs)}`);
  if (taken.needs !== undefined) words(`waits     for ${taken.needs}`);
  else words(`next      agentctl run resume ${taken.run}`);
  return taken;
}

function readSignature(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(signatureBytesMax + 1);
      const bytes = readSync(file, buffer, 0, buffer.length, 0);
      if (bytes > signatureBytesMax) throw new Error(`it has more than ${signatureBytesMax} bytes`);
      return buffer.toString("utf8", 0, bytes);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new AgentctlError("approval/no-signature", `${path} cannot be read: ${messageOf(cause)}`, {
      hint: "ssh-keygen -Y sign writes it beside the statement, as FILE.sig",
      exit: "usage",
      cause,
    });
  }
}
