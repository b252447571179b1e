import type { EventData, EventKind, EventRecord } from "../event/events.ts";
import type { OpenRun } from "./in-run.ts";

/** The same run, whose records are shown to somebody as soon as they are on disk. */
export function watched(open: OpenRun, onRecord: ((record: EventRecord) => void) | undefined): OpenRun {
  if (onRecord === undefined) return open;
  const { recorder } = open;
  return {
    ...open,
    recorder: {
      run: recorder.run,
      async append<K extends EventKind>(kind: K, data: EventData[K]) {
        const record = await recorder.append(kind, data);
        onRecord(record);
        return record;
      },
    },
  };
}
