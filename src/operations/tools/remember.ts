import { isoTime, systemClock } from "../../base/clock.ts";
import { AgentctlError } from "../../base/errors.ts";
import { kindFolders, memoryBounds, memoryKinds, memoryRoom, severities, slugOf, statuses, type MemoryEntry, type MemoryKind } from "../../memory/entry.ts";
import { foreignWord } from "./foreign-text.ts";
import { readableEntries } from "./readable-entries.ts";
import { reasonOf } from "./reason.ts";
import type { Tool, ToolContext, ToolResult } from "./tool.ts";

/** A note for the next time, as a proposal: nothing is remembered before a person has committed it. */
export const remember: Tool = {
  name: "remember",
  class: "W",
  repeatable: true,
  description: [
    "Draft an entry for the workspace's long-term memory, as a proposal that people look at: a lesson (what holds beyond this task), an incident (what went",
    "wrong) or a project (what is being worked on). Look with memory_search first. One thought an entry, with the figures that show it and the ids of the",
    "calls or runs that they come from. Date and source are set for you. No secrets, no orders to whoever reads it.",
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["kind", "title", "text"],
    properties: {
      kind: { enum: memoryKinds },
      title: { type: "string", minLength: 3, maxLength: memoryBounds.titleLength, pattern: "^\\S(?:[^\\r\\n]*\\S)?$", description: "One line that says it." },
      text: { type: "string", minLength: 1, maxLength: 32_000, pattern: "\\S", description: "Markdown." },
      tags: { type: "array", maxItems: 8, uniqueItems: true, items: { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 40 } },
      severity: { enum: severities, description: "Of an incident." },
      status: { enum: statuses, description: "Of an incident or a project." },
    },
  },
  actions: ({ kind, title }) => [
    { action: "proposal.open", class: "W", args: { title, paths: [`${memoryRoom}/${kindFolders[kind as MemoryKind]}/${slugOf(String(title))}.md`] } },
  ],
  async run(args, context) {
    try {
      return await draft(args, context);
    } catch (thrown) {
      return reasonOf(thrown, context);
    }
  },
};

async function draft(args: Record<string, unknown>, context: ToolContext): Promise<ToolResult> {
  const { open, authority, root } = context;
  const [{ atCommit, memoryOfRun }, { entriesTitled, indexedFiles }, { laneOf }, { entryText, placeFor }, { draftProposal }, { judgeFile }] = await Promise.all(
    [
      import("../open-memory.ts"),
      import("../../ledger/memory-rows.ts"),
      import("../../ledger/lanes.ts"),
      import("../../memory/write-entry.ts"),
      import("./draft-proposal.ts"),
      import("../memory-files.ts"),
    ],
  );
  const given = givenEntry(args);
  const masked = open.mask(given);
  const entry = {
    ...masked,
    date: isoTime(systemClock.nowMs()).slice(0, 10),
    source: root,
    // The host's word: whatever the model says of itself is not asked.
    untrusted: laneOf(open.ledger, root)?.lane === "untrusted",
  };
  const memory = await memoryOfRun(open, authority);
  const { same, taken } = await atCommit(memory, (index) => ({ same: entriesTitled(index, entry.title), taken: indexedFiles(index) }));
  const known = same.filter(await readableEntries(context));
  const [twin] = known;
  if (twin !== undefined) {
    const text = `${twin.id} has this title already (${twin.date}). Nothing was proposed: read it by memory_search with its id; say what is new under another title, or change that file by propose_change.`;
    return { outcome: "refused", text, data: { same: known.map(({ id }) => id) } };
  }
  const path = placeFor(entry, (place) => taken.has(place));
  const data = Buffer.from(entryText(entry), "utf8");
  const { findings } = judgeFile(path, "", data);
  if (findings.length > 0) throw badEntry(findings.map(({ message }) => foreignWord(message)).join("; "));
  const rationale = `A ${entry.kind} that the run ${root} wants to be remembered${entry.untrusted ? "; it held what an untrusted skill made" : ""}.`;
  const { proposal, files } = await draftProposal(context, {
    title: `memory: ${entry.title}`.slice(0, 100).toWellFormed(),
    rationale,
    contents: [{ path, data }],
  });
  const lines = [
    `proposed as ${proposal}: ${path}. It is remembered when a person has committed it, not before.`,
    ...(masked.title === given.title && masked.body === given.body ? [] : ["What looked like a secret was taken out of it."]),
    ...(entry.untrusted ? ["It is marked untrusted, because this run held what an untrusted skill made."] : []),
  ];
  return { outcome: "ok", text: lines.join("\n"), data: { proposal, base: authority.commit, files } };
}

function givenEntry(args: Record<string, unknown>): Omit<MemoryEntry, "id" | "path" | "date" | "source" | "untrusted"> {
  const { kind, title, text, tags = [], severity, status } = args;
  const entry = { kind: kind as MemoryKind, title: String(title).toWellFormed(), tags: tags as string[], body: String(text).toWellFormed() };
  return {
    ...entry,
    ...(severity !== undefined && { severity: severity as MemoryEntry["severity"] }),
    ...(status !== undefined && { status: status as MemoryEntry["status"] }),
  };
}

function badEntry(why: string): AgentctlError {
  return new AgentctlError("memory/bad-entry", `this is no entry: ${why}`, { hint: "plain words, nothing that a reader cannot see", exit: "usage" });
}
