import { AgentctlError } from "../../base/errors.ts";
import type { ProposalContent } from "./draft-proposal.ts";
import { proposalBounds, requireProposable, type ProposedFile } from "./proposed-files.ts";
import { reasonOf } from "./reason.ts";
import { readScratch, scratchReads } from "./scratch-file.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** Files for people to look at. Nothing of the repository changes by it; the id follows from run and call, so that doing it twice proposes once. */
export const proposeChange: Tool = {
  name: "propose_change",
  class: "W",
  repeatable: true,
  description: [
    "Propose files of the repository, to be added, replaced or removed. Nothing changes until people have looked at it and approved: this is the only way to",
    "change anything outside scratch/. Give each file's whole new content, or `from` with a file of the scratch, or remove: true. Say in the rationale what it",
    "is good for and by which results, with their ids. At most 64 files, 1 MiB each, 4 MiB together.",
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["title", "rationale", "files"],
    properties: {
      title: { type: "string", minLength: 3, maxLength: 100, pattern: "^[^\\n\\r]+$", description: "One line, as of a commit." },
      rationale: { type: "string", minLength: 1, maxLength: 8_000 },
      files: {
        type: "array",
        minItems: 1,
        maxItems: proposalBounds.files,
        items: {
          type: "object",
          additionalProperties: false,
          required: ["path"],
          properties: {
            path: { type: "string", minLength: 1, maxLength: 1024, description: "Relative to the repository." },
            content: { type: "string", maxLength: proposalBounds.fileBytes, description: "The whole file." },
            from: { type: "string", minLength: 1, maxLength: 1024, description: "scratch/…: that file, byte by byte." },
            remove: { type: "boolean" },
          },
        },
      },
    },
  },
  actions(args) {
    const files = filesOf(args);
    const sources = files.flatMap(({ from }) => (from === undefined ? [] : [from]));
    const paths = files.map(({ path }) => path);
    return [{ action: "proposal.open", class: "W", args: { title: args["title"], paths } }, ...scratchReads(sources)];
  },
  async run(args, context) {
    try {
      return await draft(args, context);
    } catch (thrown) {
      return reasonOf(thrown, context);
    }
  },
};

function filesOf(args: Record<string, unknown>): readonly ProposedFile[] {
  return requireProposable(args["files"] as readonly ProposedFile[]);
}

async function draft(args: Record<string, unknown>, context: ToolContext): ReturnType<Tool["run"]> {
  const { authority } = context;
  const contents = await contentsOf(filesOf(args), context);
  await requireThere(contents, context);
  const { draftProposal } = await import("./draft-proposal.ts");
  const { proposal, files } = await draftProposal(context, { title: String(args["title"]), rationale: String(args["rationale"]), contents });
  const lines = files.map((file) => (file.removed === true ? `- ${file.path}  removed` : `- ${file.path}  ${file.bytes ?? 0} bytes`));
  const text = [`proposed as ${proposal}, on top of ${authority.commit}. Nothing has changed: people look at it, and it lands when they approve.`, ...lines];
  return { outcome: "ok", text: text.join("\n"), data: { proposal, base: authority.commit, files } };
}

async function contentsOf(files: readonly ProposedFile[], context: ToolContext): Promise<ProposalContent[]> {
  const contents: ProposalContent[] = [];
  let left = proposalBounds.bytes;
  for (const { path, content, from } of files) {
    const most = Math.min(proposalBounds.fileBytes, left);
    const data = content !== undefined ? Buffer.from(content, "utf8") : from === undefined ? undefined : await readScratch(context, from, most);
    if (data !== undefined && data.length > most)
      throw bad(path, `it has ${data.length} bytes; ${most} are left for it`, "split the proposal, or leave data out");
    if (data !== undefined && holdsSecret(data, context))
      throw bad(path, "it holds what looks like a secret", "name the variable that holds it, never its value");
    left -= data?.length ?? 0;
    contents.push({ path, data });
  }
  return contents;
}

/** Blobs are kept as they are, so what the record would mask must not become one. */
function holdsSecret(data: Uint8Array, { open }: ToolContext): boolean {
  const text = Buffer.from(data).toString("latin1");
  const utf8 = Buffer.from(data).toString("utf8");
  return open.mask(text) !== text || open.mask(utf8) !== utf8;
}

/** What is to go has to be there. */
async function requireThere(contents: readonly ProposalContent[], { authority }: ToolContext): Promise<void> {
  const going = contents.filter(({ data }) => data === undefined);
  if (going.length === 0) return;
  const there = new Set((await authority.repository.listTree(authority.commit)).map(({ path }) => path));
  const missing = going.find(({ path }) => !there.has(path));
  if (missing !== undefined) throw bad(missing.path, `there is no such file in ${authority.commit.slice(0, 12)} to remove`, "list_files says what there is");
}

function bad(path: string, why: string, hint: string): AgentctlError {
  return new AgentctlError("tool/bad-proposal", `${JSON.stringify(path)} cannot be proposed: ${why}`, { hint, exit: "usage" });
}
