import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { AgentctlError } from "../base/errors.ts";
import type { EventRecord } from "../event/events.ts";
import { listRuns } from "../ledger/runs.ts";
import { isAtLeast, logLine, type LogLevel, type LogLine } from "../telemetry/log-line.ts";
import { mergeByTime, type Timed } from "../telemetry/merge-by-time.ts";
import { listJournals, type JournalFile } from "../trace/places.ts";
import { readJournal } from "../trace/read-journal.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { maskFor } from "./mask-for.ts";
import { rootOf } from "./part-name.ts";
import { runParts } from "./run-parts.ts";
import { timelineEntry } from "./run-timeline.ts";

export interface LogsAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Only this run, with all its parts. */
  run?: string | undefined;
  /** RFC 3339 in UTC: only what was recorded since. */
  since?: string | undefined;
  level: LogLevel;
  /** None means all. */
  kinds: readonly string[];
  /** Go on with what is recorded from now on, also in new runs, until `signal`. */
  follow: boolean;
  signal?: AbortSignal | undefined;
}

const everyMs = 200;

/**
 * The records of all runs, or of one, as lines in the order of time, each journal verified as it is read and masked again. A journal that is damaged ends
 * with a line of level error, and the others go on. Errors (exit usage): trace/unknown-run, trace/ambiguous-run.
 */
export async function* readLogs(asked: LogsAsked): AsyncGenerator<LogLine> {
  const workspace = findWorkspace(asked.cwd, asked.env);
  const { stateDir } = workspace;
  const { values, secrets } = loadConfig(workspace.root, asked.env);
  const mask = maskFor(stateDir, asked.env, { names: values.mask.names, secrets });
  const wanted = (line: LogLine): boolean =>
    isAtLeast(line, asked.level) && line.ts >= (asked.since ?? "") && (asked.kinds.length === 0 || asked.kinds.includes(line.kind));
  const reader = openReader(stateDir, asked.run);
  for await (const line of reader.next(asked.since)) if (wanted(line)) yield mask(line);
  while (asked.follow && asked.signal?.aborted !== true) {
    await wait(everyMs, undefined, { signal: asked.signal }).catch(() => undefined);
    for await (const line of reader.next(asked.since)) if (wanted(line)) yield mask(line);
  }
}

interface Reader {
  /** What has been recorded since the last look. */
  next(since: string | undefined): AsyncGenerator<LogLine>;
}

interface Seen {
  bytes: number;
  /** Records that were given. */
  told: number;
  ended: boolean;
}

function openReader(stateDir: string, run: string | undefined): Reader {
  const seen = new Map<string, Seen>();
  // Which run is meant is settled once; parts may be added to it.
  const root = run === undefined ? undefined : runParts(stateDir, run).run;
  return {
    async *next(since) {
      const started = startsOf(stateDir);
      const files = root === undefined ? firstOfEach(listJournals(stateDir)) : runParts(stateDir, root).files;
      const grown = files.flatMap((file) => {
        const stat = statSync(file.path, { throwIfNoEntry: false });
        const before = seen.get(file.run) ?? { bytes: -1, told: 0, ended: false };
        // What nobody has written to since then holds nothing that is asked for.
        if (stat === undefined || before.ended || stat.size === before.bytes || stat.mtimeMs < Date.parse(since ?? "1970-01-01") - clockSlackMs) return [];
        const now = { ...before, bytes: stat.size };
        seen.set(file.run, now);
        return [sourceOf(file, now, started.get(file.run) ?? "")];
      });
      yield* mergeByTime(grown);
    },
  };
}

/** A file's time and a record's may come from clocks of different grain. */
const clockSlackMs = 2_000;

/** A run that is open and closed at once is read once. */
function firstOfEach(files: readonly JournalFile[]): JournalFile[] {
  return files.filter(({ run }, index) => files[index - 1]?.run !== run);
}

/** When each run started, where the ledger knows; a ledger that cannot be read only costs memory. */
function startsOf(stateDir: string): Map<string, string> {
  try {
    return new Map(withLedger(stateDir, (ledger) => listRuns(ledger).map(({ run, started }) => [run, started])));
  } catch {
    return new Map();
  }
}

function sourceOf(file: JournalFile, seen: Seen, from: string): Timed<LogLine> {
  async function* lines(): AsyncGenerator<LogLine> {
    let last: EventRecord | undefined;
    try {
      for await (const record of readJournal(file)) {
        last = record;
        if (record.seq < seen.told) continue;
        seen.told = record.seq + 1;
        seen.ended = record.kind === "run.finished";
        yield lineOf(record);
      }
    } catch (thrown) {
      if (!(thrown instanceof AgentctlError) || thrown.code !== "trace/damaged") throw thrown;
      seen.ended = true;
      const run = rootOf(file.run);
      const { ts, seq } = last ?? { ts: from, seq: -1 };
      yield { ts, level: "error", run, part: file.run, seq: seq + 1, kind: "journal.damaged", msg: thrown.message, error: thrown.code };
    }
  }
  return { from, open: lines };
}

function lineOf(record: EventRecord): LogLine {
  return logLine(record, { run: rootOf(record.run), msg: timelineEntry(record, 0).text });
}
