import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Decision } from "../policy/request.ts";
import { readMessage, writeMessage } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { treeWith, type ProposalWanted } from "./open-proposal.ts";
import { personName } from "./person.ts";
import { draftsOf } from "./proposal-drafts.ts";
import { proposalNeeds, type ProposalNeeds } from "./proposal-needs.ts";
import { readSource, type FileSource } from "./proposal-sources.ts";
import { proposeContents, type ProposeContentsResult } from "./propose-contents.ts";
import { proposerHere } from "./proposer-here.ts";
import { requireContents, requireNoSecrets } from "./require-contents.ts";

/** Files of an agent's run, or of a person. */
export type ProposalSource = FileSource | { kind: "run"; run: string; draft?: string | undefined };

export interface ProposeAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  source: ProposalSource;
  /** Of files of a person needed; of a draft in place of the agent's. */
  title?: string | undefined;
  rationale?: string | undefined;
  evidence: readonly string[];
  /** Paths that go. */
  remove: readonly string[];
  triggeredBy?: string | undefined;
  /** Makes no branch and no record. */
  dryRun: boolean;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface Proposed extends Partial<Omit<ProposeContentsResult, "proposal">> {
  /** p-…; of a dry run none. */
  proposal?: string | undefined;
  title: string;
  proposer: Proposal["proposer"];
  base?: string | undefined;
  head?: string | undefined;
  paths: string[];
  /** What it takes to land; undefined where it was not made. */
  needs?: Omit<ProposalNeeds, "decisions"> | undefined;
}

/**
 * Makes proposals of what a run drafted (each by its own id, so that a second time finds it there) or of a person's files. A dry run makes neither branch nor
 * record. Errors (exit usage): those of `readSource`, `draftsOf` and `proposeContents`; `proposal/bad-words`.
 */
export async function proposeChange(asked: ProposeAsked): Promise<Proposed[]> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const wanted = await wantedBy(authority, asked);
  const made: Proposed[] = [];
  for (const each of wanted) {
    // Words that cannot stand in a commit are refused before anything is asked.
    writeMessage({ ...each, id: each.id ?? newId("p") });
    made.push(asked.dryRun ? await previewed(authority, asked.env, each) : await opened(authority, asked, each));
  }
  return made;
}

async function wantedBy(authority: Authority, asked: ProposeAsked): Promise<ProposalWanted[]> {
  const { source, evidence, remove, cwd } = asked;
  if (source.kind === "run") {
    const drafts = await draftsOf(ensureStateDir(authority.workspace), source.run, source.draft);
    if (drafts.length > 1 && (asked.title ?? asked.rationale) !== undefined) {
      throw new AgentctlError("cli/usage", `${source.run} drafted ${drafts.length} changes, and one title does not fit all`, {
        hint: `--draft ${drafts[0]?.proposal ?? ""}`,
        exit: "usage",
      });
    }
    return drafts.map(({ proposal, agent, run, title, rationale, contents }) => ({
      id: proposal,
      title: asked.title ?? title,
      rationale: asked.rationale ?? rationale,
      proposer: { kind: "agent", name: agent },
      triggeredBy: asked.triggeredBy ?? `agent ${agent}`,
      run,
      evidence: [...new Set([run, ...evidence])],
      contents: [...contents, ...removals(remove)],
    }));
  }
  const contents = [...(await readSource(authority, cwd, source)), ...removals(remove)];
  const { title, rationale } = asked;
  if (title === undefined || rationale === undefined) {
    throw new AgentctlError("cli/usage", `a ${title === undefined ? "title" : "rationale"} has to be given`, {
      hint: '--title "…" --rationale "why, and by which results"',
      exit: "usage",
    });
  }
  const proposer = await proposerHere(authority);
  return [{ title, rationale, proposer, triggeredBy: asked.triggeredBy ?? `person ${personName()}`, evidence, contents }];
}

function removals(paths: readonly string[]): ProposalWanted["contents"] {
  return paths.map((path) => ({ path, data: undefined }));
}

async function opened(authority: Authority, { cwd, env, source, onDecision }: ProposeAsked, wanted: ProposalWanted): Promise<Proposed> {
  const command = source.kind === "run" ? `propose --run ${source.run}` : `propose --${source.kind === "none" ? "remove" : source.kind}`;
  const { proposal, ...ended } = await proposeContents({ ...wanted, cwd, env, command, onDecision });
  const { title, proposer } = proposal ?? wanted;
  if (proposal === undefined) return { ...ended, title, proposer, paths: wanted.contents.map(({ path }) => path) };
  const { id, base, head, changes } = proposal;
  const { decisions: _, ...needs } = await proposalNeeds(authority, proposal);
  return { ...ended, proposal: id, title, proposer, base, head, paths: changes.map(({ path }) => path), needs };
}

/** Objects are written, which nothing names: git takes them away by itself. */
async function previewed(authority: Authority, env: NodeJS.ProcessEnv, wanted: ProposalWanted): Promise<Proposed> {
  const { repository, commit, config, workspace } = authority;
  await requireContents(authority, wanted.contents);
  requireNoSecrets(maskFor(ensureStateDir(workspace), env, { names: config.values.mask.names, secrets: config.secrets }), wanted);
  const tree = await treeWith(repository, commit, wanted.contents);
  const [changes = []] = await repository.treeChanges([[commit, tree]]);
  if (changes.length === 0)
    throw new AgentctlError("proposal/nothing", `nothing differs from ${commit.slice(0, 10)}`, { hint: "give files that differ", exit: "usage" });
  const id = wanted.id ?? newId("p");
  const words = readMessage(writeMessage({ ...wanted, id }));
  const { title = wanted.title, proposer = wanted.proposer, rationale = wanted.rationale } = words ?? {};
  const { triggeredBy, evidence } = wanted;
  const author = { name: proposer.name, email: "" };
  const proposal = { id, ref: "", head: commit, base: commit, tree, title, rationale, proposer, triggeredBy, evidence, author, writtenMs: 0, changes };
  const { decisions: _, ...needs } = await proposalNeeds(authority, proposal);
  return { title, proposer, base: commit, paths: changes.map(({ path }) => path), needs };
}
