import type { EventRecord } from "../event/events.ts";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { listRuns } from "../ledger/runs.ts";
import type { Decision } from "../policy/request.ts";
import { otlpRequests, type Trace } from "../telemetry/otlp.ts";
import { runSpans } from "../telemetry/run-spans.ts";
import { withBodies } from "../trace/blobs.ts";
import { writeWhole } from "../trace/disk.ts";
import { readJournal } from "../trace/read-journal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { withLedger } from "./audit-state.ts";
import { workspaceFacts } from "./decided-action.ts";
import { otlpTarget, sendOtlp, type OtlpSent, type OtlpTarget } from "./export-otlp-send.ts";
import { inRun, type RunOutcome } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { rootOf } from "./part-name.ts";
import { personName } from "./person.ts";
import { runParts } from "./run-parts.ts";
import { version } from "./version.ts";

export interface ExportOtlpAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** One run; else all that ended since. */
  run?: string | undefined;
  /** RFC 3339 in UTC. */
  since?: string | undefined;
  /** Where to; `telemetry.otlpUrl` when neither this nor a file is given. */
  url?: string | undefined;
  /** Write the JSON there instead of sending it. */
  file?: string | undefined;
  /** With what people, models and tools wrote, as it is on record. */
  content: boolean;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface ExportedOtlp {
  runs: string[];
  spans: number;
  file?: string | undefined;
  /** Absent when it was written to a file. */
  sent?: (OtlpSent & { url: string; run: string }) | undefined;
  /** Set when policy does not let the host be reached. */
  denied?: Decision | undefined;
  outcome: RunOutcome;
}

/** The words of the run that an export is; it is not exported itself. */
const command = "run export";

/**
 * Runs as OpenTelemetry traces, sent as OTLP/HTTP JSON or written to a file. Sending is a run of its own: policy decides net.connect for the host first.
 * Errors (exit usage): trace/unknown-run, telemetry/no-target, workspace/telemetry-not-committed; telemetry/refused, notify/no-answer, notify/timeout.
 */
export async function exportOtlp(asked: ExportOtlpAsked): Promise<ExportedOtlp> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  const roots = asked.run === undefined ? endedSince(stateDir, asked.since ?? "") : [runParts(stateDir, rootOf(asked.run)).run];
  const mask = maskFor(stateDir, asked.env, { names: authority.config.values.mask.names, secrets: authority.config.secrets });
  if (asked.file !== undefined) {
    const { bodies, spans } = await requests(stateDir, roots, asked.content, mask);
    writeWhole(asked.file, bodies.map((body) => `${JSON.stringify(body)}\n`).join(""));
    return { runs: roots, spans, file: asked.file, outcome: "ok" };
  }
  const target = await otlpTarget(authority.config, asked.env, asked.url);
  armWhenNew(stateDir);
  const { bodies, spans } = await requests(stateDir, roots, asked.content, mask);
  const sent = await send(authority, stateDir, asked, { target, bodies, mask });
  return { runs: roots, spans, ...sent };
}

async function send(
  authority: Authority,
  stateDir: string,
  asked: ExportOtlpAsked,
  { target, bodies, mask }: { target: OtlpTarget; bodies: readonly object[]; mask: ReturnType<typeof maskFor> },
): Promise<Pick<ExportedOtlp, "sent" | "denied" | "outcome">> {
  const { commit, set } = authority;
  const actor = mask({ kind: "person" as const, name: personName() });
  const started = { command, actor, workspace: await workspaceFacts(authority), policy: { commit, digest: set.digest } };
  return inRun<Pick<ExportedOtlp, "sent" | "denied" | "outcome">>({ stateDir, mask, started }, async (open) => {
    const hosts = allowedHosts(authority, open, asked.onDecision);
    try {
      await hosts.ask(target.host, target.port);
    } catch (thrown) {
      const denied = hosts.refusal();
      if (denied === undefined) throw thrown;
      const outcome = denied.effect === "deny" ? "denied" : "waiting";
      return { outcome, result: { outcome, denied } };
    }
    const sent = await sendOtlp(target, bodies, open.stop);
    const outcome = sent.rejectedSpans > 0 ? "failed" : "ok";
    return { outcome, result: { outcome, sent: { ...sent, url: mask(target.shown), run: open.run } } };
  });
}

/** Roots of the runs that ended since, in the order in which they began; without those that only exported others. */
function endedSince(stateDir: string, since: string): string[] {
  const rows = withLedger(stateDir, (ledger) => listRuns(ledger)) ?? [];
  const ended = rows.filter((row) => row.finished !== undefined && row.finished >= since && row.command !== command);
  return [...new Set(ended.map(({ run }) => rootOf(run)))];
}

async function requests(
  stateDir: string,
  roots: readonly string[],
  content: boolean,
  mask: ReturnType<typeof maskFor>,
): Promise<{ bodies: object[]; spans: number }> {
  const traces: Trace[] = [];
  for (const run of roots) {
    const records: EventRecord[] = [];
    for (const file of runParts(stateDir, run).files) {
      for await (const record of readJournal(file)) records.push(content ? { ...record, data: withBodies(stateDir, record.data) } : record);
    }
    traces.push({ run, spans: mask(runSpans(run, records, { content })) });
  }
  const spans = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  if (spans === 0) throw new AgentctlError("telemetry/nothing", "there is nothing to export", { hint: "agentctl run", exit: "usage" });
  return { bodies: otlpRequests(traces, { resource: { "service.name": "agentctl", "service.version": version }, version }), spans };
}
