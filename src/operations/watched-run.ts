import type { EventData, EventKind, EventRecord } from "../event/events.ts";
import type { OpenRun } from "./in-run.ts";

/** The same run, whose records are shown to somebody as soon as they are on disk. What cannot be shown is on record all the same, and ends no work. */
export function watched(open: OpenRun, onRecord: ((record: EventRecord) => void) | undefined): OpenRun {
  if (onRecord === undefined) return open;
  const { recorder } = open;
  return {
    ...open,
    recorder: {
      run: recorder.run,
      async append<K extends EventKind>(kind: K, data: EventData[K]) {
        const record = await recorder.append(kind, data);
        tell(onRecord, record);
        return record;
      },
    },
  };
}

function tell(onRecord: (record: EventRecord) => void, record: EventRecord): void {
  try {
    onRecord(record);
  } catch {
    // `run show` has it.
  }
}
