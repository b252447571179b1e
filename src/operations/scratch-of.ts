import type { EventRecord } from "../event/events.ts";
import { isKind } from "../trace/record.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** What lies in a run's scratch after these records: the last change of each file that is still there. */
export function scratchOf(records: readonly EventRecord[]): ScratchChange[] {
  const files = new Map<string, ScratchChange>();
  for (const record of records) {
    if (isKind(record, "agent.started")) for (const file of record.data.files ?? []) files.set(file.path, file);
    if (!isKind(record, "tool.finished")) continue;
    for (const change of record.data.changes ?? []) {
      if (change.removed === true) files.delete(change.path);
      else files.set(change.path, change);
    }
  }
  return [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
