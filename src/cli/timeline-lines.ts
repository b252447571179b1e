import { safeText } from "../base/safe-text.ts";
import type { TimelineEntry } from "../operations/run-timeline.ts";
import { duration } from "../operations/timeline-words.ts";
import { table } from "./table.ts";

/** So many entries of one kind in a row are shown; of more, the first and the last. */
const alikeMax = 6;

/** What happened in a run, a line an entry; the batches of a long experiment do not push everything else off the screen. */
export function timelineLines(timeline: readonly TimelineEntry[]): string[] {
  const rows = stretches(timeline).flatMap((alike) => {
    if (alike.length <= alikeMax) return alike.map(row);
    const [first, last] = [alike[0], alike.at(-1)] as [TimelineEntry, TimelineEntry];
    return [row(first), { at: "", when: "…", kind: "", text: `${alike.length - 2} more like these; --json has them` }, row(last)];
  });
  const numbered = timeline.some(({ at }) => at !== undefined);
  return table(rows, numbered ? ["at", "when", "kind", "text"] : ["when", "kind", "text"], { header: false });
}

function row({ at, seq, ts, offsetMs, kind, text }: TimelineEntry): { at: string; when: string; kind: string; text: string } {
  const when = seq === 0 ? ts.slice(0, 19).replace("T", " ") : `+${duration(offsetMs)}`;
  return { at: at === undefined ? "" : String(at), when, kind, text: safeText(text, { oneLine: true }) };
}

/** Neighbours of one kind together. */
function stretches(timeline: readonly TimelineEntry[]): TimelineEntry[][] {
  const found: TimelineEntry[][] = [];
  for (const entry of timeline) {
    const last = found.at(-1);
    if (last?.[0]?.kind === entry.kind) last.push(entry);
    else found.push([entry]);
  }
  return found;
}
