import { page, type Fact, type Section } from "../page/page.ts";
import { approvalSection, artifactSection, decisionSection, integritySection, networkSection, recordSection, sidecarSection } from "./run-page-evidence.ts";
import type { RunPageFacts } from "./run-page-facts.ts";
import { timelineSection } from "./run-page-timeline.ts";
import { answerSection, modelSection, planSection, toolSection } from "./run-page-work.ts";
import { dollars, duration } from "./timeline-words.ts";

/** A run as one self-contained HTML text: an agent's with all its parts, others by what they have. Sections of which there is nothing are left out. */
export function runPage(facts: RunPageFacts): string {
  const { report, texts } = facts;
  const { agent, started } = report;
  const sections: (Section | undefined)[] = [
    answerSection(facts),
    timelineSection(facts),
    planSection(facts),
    approvalSection(facts),
    artifactSection(facts),
    modelSection(facts),
    toolSection(facts),
    decisionSection(facts),
    networkSection(facts),
    sidecarSection(facts),
    integritySection(facts),
    recordSection(facts),
  ];
  return page({
    title: agent === undefined ? texts.line(started?.command ?? "A run", 100) : `${texts.line(agent.agent, 60)}: ${texts.line(agent.objective, 140)}`,
    lead: lead(facts),
    facts: headline(facts),
    notes: notes(facts),
    sections: sections.filter((section) => section !== undefined),
    foot: `${report.run} · agentctl ${started?.version ?? ""} · ${started?.at ?? ""} · the same in a terminal: agentctl run show ${report.run}`,
    pictures: true,
  });
}

function lead({ report, texts }: RunPageFacts): string {
  const { started, agent } = report;
  if (started === undefined) return report.run;
  const who = `${started.actor.kind} ${texts.line(started.actor.name, 60)} asked on ${started.at.slice(0, 16).replace("T", " ")} UTC`;
  return [who, report.run, ...(agent === undefined ? [] : [`agent ${texts.line(agent.agent, 60)} at level ${agent.level}`])].join(" · ");
}

function headline({ report, history }: RunPageFacts): Fact[] {
  const { agent, finished, started } = report;
  const outcome = agent?.outcome ?? finished?.outcome ?? "not finished";
  const tone = outcome === "ok" ? "up" : ["failed", "denied", "timeout", "halted", "interrupted"].includes(outcome) ? "down" : undefined;
  const refused = [...history.decisions.values()].filter(({ effect }) => effect === "deny").length;
  const work: Fact[] =
    agent === undefined
      ? [{ name: "Records", value: String(report.records) }]
      : [
          { name: "Cost", value: dollars(agent.costUsd), note: `${agent.iterations} answers of models` },
          { name: "Tokens", value: agent.tokens.toLocaleString("en-US") },
          { name: "Calls of tools", value: String(agent.toolCalls) },
          { name: "Parts", value: String(agent.parts.length), note: agent.parts.length > 1 ? "it waited in between" : undefined },
        ];
  return [
    { name: "Outcome", value: outcome, tone },
    { name: "Time at work", value: duration(agent?.durationMs ?? finished?.durationMs ?? 0) },
    ...work,
    { name: "Refused by policy", value: `${refused} of ${history.decisions.size}`, note: "decisions" },
    { name: "Policy commit", value: started?.policy.commit.slice(0, 8) ?? "none", note: `files ${started?.workspace.commit.slice(0, 8) ?? ""}` },
  ];
}

/** What a reader must know before they believe it. */
function notes({ report, texts, heads, history }: RunPageFacts): string[] {
  const { agent, finished, started } = report;
  const why = agent?.why ?? finished?.message;
  return [
    ...(finished === undefined ? ["This run had not ended when the page was made, or its process is gone."] : []),
    ...(why === undefined || agent?.outcome === "ok" ? [] : [`It ended so: ${texts.line(why, 400)}`]),
    ...report.missing.map((part) => `The journal of its part ${part} is missing: agentctl audit verify`),
    ...heads.filter(({ known }) => known === false).map(({ run }) => `The ledger knows another end of ${run}: agentctl audit verify ${run}`),
    ...(started?.workspace.dirty === true ? ["Files had been edited since the commit that it names."] : []),
    ...[...history.limits.values()].map(({ limit, used, most }) => `A limit was reached: ${texts.line(limit, 60)}, ${used} of ${most}.`),
    ...(agent?.forkOf === undefined ? [] : [`It goes on from ${agent.forkOf.run} at ${agent.forkOf.at}; what came before stands there.`]),
    ...(agent?.next ?? []).map((command) => `Next: ${command}`),
  ].slice(0, 20);
}
