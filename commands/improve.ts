import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { ImproveResult } from "../src/operations/improve.ts";

export default class Improve extends AgentctlCommand {
  static override summary = "Ask the record what could be better, and let an agent draft the change as a proposal.";
  static override description =
    "Looks for skills and tools that fail, repeated struggles, tasks without a skill, slow or costly ones, calls that people always allow, strategies that fail their gate. The worst cause that nobody has seen to is given to an agent; what it drafts becomes a branch that people look at, and nothing lands by itself. A cause with an open proposal, or with a no of people, is not proposed again; one that comes back after its fix landed is, saying so. Exit 0: proposed, or nothing to do; 3: denied, 5: a limit or budget was reached, 6: a draft was refused or its gates failed, 8: it waits for people.";
  static override examples = [
    "<%= config.bin %> improve",
    "<%= config.bin %> improve --since 6h --gate",
    "<%= config.bin %> improve --dry-run > analysis.md",
    "<%= config.bin %> improve --limit 2 --model local-smart --json",
  ];
  static override flags = {
    since: Flags.string({ description: "how far back to look, e.g. 6h, 7d, or a moment", default: "7d" }),
    limit: Flags.integer({ description: "changes to draft, at most", default: 1, min: 1, max: 20 }),
    "dry-run": Flags.boolean({ description: "only look and write the analysis: no agent, no model" }),
    agent: Flags.string({ description: "who drafts", default: "code" }),
    model: Flags.string({ description: "a tier or provider/model, instead of the agent's own" }),
    record: Flags.string({ description: "write what the models answer to this cassette", helpValue: "FILE" }),
    gate: Flags.boolean({ description: "ask the gates about what was proposed" }),
  };

  async run(): Promise<ImproveResult> {
    const { flags } = await this.parse(Improve);
    const [{ improve }, { analysisLines, draftLines, improveEnd }, { watchAgent }, { showDecision }, { givenSince }, { systemClock }] = await Promise.all([
      import("../src/operations/improve.ts"),
      import("../src/cli/improve-lines.ts"),
      import("../src/cli/agent-watch.ts"),
      import("../src/cli/skill-run.ts"),
      import("../src/cli/since.ts"),
      import("../src/base/clock.ts"),
    ]);
    const say = (lines: readonly string[]): void => lines.forEach((line) => this.words(line));
    const live = process.stderr.isTTY && !this.jsonEnabled() ? (await import("../src/cli/improve-progress.ts")).showQuestions() : undefined;
    try {
      const result = await improve({
        cwd: process.cwd(),
        env: process.env,
        since: givenSince("--since", flags.since, systemClock.nowMs()) ?? "",
        limit: flags.limit,
        agent: flags.agent,
        model: flags.model,
        record: flags.record,
        dryRun: flags["dry-run"],
        gate: flags.gate,
        watch: () => watchAgent((line) => this.words(line)),
        progress: {
          onDecision: (run, decision) => say(showDecision(run, decision)),
          onQuestion: (question, rows) => live?.onQuestion?.(question, rows),
          onAnalysed: async (analysis) => {
            await live?.close();
            say(analysisLines(analysis));
          },
          onDraft: ({ opportunity: { id }, ready, resume }, run) => {
            const goes = resume !== undefined ? `goes on in ${run}` : `by ${flags.agent} in ${run}`;
            this.words(`draft      ${id} ${ready === undefined ? goes : `was made by ${run} before`}`);
          },
          onProposed: (draft) => say(draftLines(draft)),
          onGate: (proposal) => ({
            onResult: ({ gate, verdict, summary }) => this.words(`gate       ${proposal}  ${gate}  ${verdict}  ${summary}`),
          }),
        },
      });
      if (flags["dry-run"] && result.analysis !== undefined) this.data(result.analysis.text);
      for (const { run, proposals } of result.drafts)
        for (const { proposal, outcome } of proposals) if (outcome === "proposed") this.data(`${proposal}  ${run}`);
      this.ends(improveEnd(result));
      return result;
    } finally {
      await live?.close();
    }
  }
}
