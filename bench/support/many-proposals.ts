import { spawnSync } from "node:child_process";
import { systemClock } from "../../src/base/clock.ts";
import { writeMessage } from "../../src/proposal/message.ts";

/** Puts that many proposals on a branch's commit, a file each, in one process of git; answers their ids. They are as another machine's: the ledger knows none. */
export function importProposals(dir: string, { count, base }: { count: number; base: string }): string[] {
  const seconds = Math.trunc(systemClock.nowMs() / 1000);
  const ids = Array.from({ length: count }, (_, index) => `p-many${String(index).padStart(4, "0")}`);
  const text = ids
    .map((id, index) => {
      const proposer = index % 2 === 0 ? ({ kind: "agent", name: "quant" } as const) : ({ kind: "person", name: "ada@example.org" } as const);
      const message = writeMessage({ id, title: `Change ${index}`, rationale: "Asked for.", proposer, triggeredBy: "a test", evidence: [] });
      const path = index % 10 === 0 ? `agents/quant/notes/${id}.md` : `docs/${id}.md`;
      return `commit refs/heads/agentctl/${id}\nauthor Ada <ada@example.org> ${seconds} +0000\ncommitter Ada <ada@example.org> ${seconds} +0000\n${data(message)}from ${base}\nM 100644 inline ${path}\n${data(`# ${id}\n`)}`;
    })
    .join("\n");
  const made = spawnSync("git", ["fast-import", "--quiet"], { cwd: dir, input: `${text}\ndone\n`, encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  return ids;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
