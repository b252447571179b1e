import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { nearest } from "../base/suggest.ts";
import type { Decision } from "../policy/request.ts";
import { sameName } from "../policy/approval.ts";
import { readSigners, type Signer } from "../policy/signers.ts";
import { approvalSigners, signersPath } from "./approval-signers.ts";
import { approvalNamespace } from "./approval-statement.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { proposeContents, type ProposeContentsResult } from "./propose-contents.ts";
import { personName } from "./person.ts";
import { proposerHere } from "./proposer-here.ts";

interface Asked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  rationale?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface SignerToAdd extends Asked {
  /** A line of a `.pub` file: type, key, comment. */
  publicKey: string;
  github?: string | undefined;
  validUntilMs?: number | undefined;
}

export interface SignerChange extends ProposeContentsResult {
  /** The line of policies/signers that comes or goes. */
  line: string;
}

/**
 * Proposes one more signer: nothing changes until those who sign today have agreed. Errors: `signer/first` where nobody signs yet, `signer/private-key`,
 * `signer/bad-line` (usage), and those of `proposeContents`.
 */
export async function addSigner(asked: SignerToAdd): Promise<SignerChange> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const line = lineOf(asked);
  const signers = await approvalSigners(authority);
  if (signers.length === 0) throw first(line);
  const text = await signersText(authority);
  const next = `${text.endsWith("\n") || text === "" ? text : `${text}\n`}${line}\n`;
  requireReadable(next);
  return propose(asked, {
    title: `Signer ${asked.name}: added`,
    rationale: asked.rationale ?? `${asked.name} is to approve proposals and calls, with the key ${fingerprintIn(next, asked.name)}.`,
    line,
    text: next,
    verb: "add",
  });
}

/** Proposes that somebody signs no more. Errors: `signer/unknown`, `signer/last` (usage), and those of `proposeContents`. */
export async function removeSigner(asked: Asked): Promise<SignerChange> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const signers = await approvalSigners(authority);
  const signer = signers.find(({ principal }) => sameName(principal, asked.name));
  if (signer === undefined) throw unknown(asked.name, signers);
  if (signers.length === 1) {
    throw new AgentctlError("signer/last", `${signer.principal} is the last one who signs: nothing could be approved any more`, {
      hint: "agentctl signer add, and let that land first",
      exit: "usage",
    });
  }
  const lines = (await signersText(authority)).split("\n");
  const [line = ""] = lines.splice(signer.line - 1, 1);
  const text = lines.join("\n");
  requireReadable(text);
  return propose(asked, {
    title: `Signer ${signer.principal}: removed`,
    rationale: asked.rationale ?? `${signer.principal} (${signer.fingerprint}) is to approve nothing any more.`,
    line,
    text,
    verb: "remove",
  });
}

async function propose(
  { cwd, env, name, onDecision }: Asked,
  { title, rationale, line, text, verb }: { title: string; rationale: string; line: string; text: string; verb: string },
): Promise<SignerChange> {
  const proposed = await proposeContents({
    cwd,
    env,
    command: `signer ${verb} ${name}`,
    title,
    rationale,
    proposer: await proposerHere(await loadAuthority(cwd, env)),
    triggeredBy: `person ${personName()}`,
    evidence: [],
    contents: [{ path: signersPath, data: Buffer.from(text) }],
    onDecision,
  });
  return { ...proposed, line };
}

/** The whole file as it stands in the commit: comments stay. */
async function signersText({ repository, commit }: Authority): Promise<string> {
  return Buffer.from((await repository.readPath(commit, signersPath)) ?? []).toString("utf8");
}

function lineOf({ name, publicKey, github, validUntilMs }: SignerToAdd): string {
  if (/PRIVATE KEY/.test(publicKey)) {
    throw new AgentctlError("signer/private-key", "that file holds a private key, which stays where it is; the public one is wanted", {
      hint: `agentctl signer add ${shellWord(name)} --key FILE.pub`,
      exit: "usage",
    });
  }
  const [keyType = "", key = ""] = publicKey.trim().split(/\s+/);
  const until = validUntilMs === undefined ? "" : `,valid-before="${isoTime(validUntilMs).replaceAll(/[-:T]/g, "").slice(0, 14)}Z"`;
  return `${name} namespaces="${approvalNamespace}"${until} ${keyType} ${key}${github === undefined ? "" : ` github:${github}`}`;
}

function requireReadable(text: string): void {
  const { findings } = readSigners({ path: signersPath, text });
  const [finding] = findings;
  if (finding !== undefined)
    throw new AgentctlError("signer/bad-line", `${finding.message} (line ${finding.line})`, { hint: finding.hint, exit: "usage", details: findings });
}

function fingerprintIn(text: string, name: string): string {
  return readSigners({ path: signersPath, text }).signers.find(({ principal }) => principal === name)?.fingerprint ?? "";
}

/** A proposal takes two signers; so the first ones cannot come by one. */
function first(line: string): AgentctlError {
  requireReadable(`${line}\n`);
  return new AgentctlError(
    "signer/first",
    `nobody signs yet, so nobody could approve it: the first signers are committed by hand, best two of them. The line is\n  ${line}`,
    {
      hint: `printf '%s\\n' ${shellWord(line)} >> ${signersPath} && git add ${signersPath} && git commit -m "policies: the first signers" -- ${signersPath}`,
      exit: "usage",
      details: { line, path: signersPath },
    },
  );
}

function unknown(name: string, signers: readonly Signer[]): AgentctlError {
  const near = nearest(
    name,
    signers.map(({ principal }) => principal),
  );
  return new AgentctlError("signer/unknown", `there is no signer ${JSON.stringify(name)}`, {
    hint: near === undefined ? "agentctl signer" : `did you mean ${near}?`,
    exit: "usage",
  });
}
