import { systemClock } from "../base/clock.ts";
import type { EventRecord } from "../event/events.ts";
import { newRunView, runViewLines, takeIn } from "./run-view.ts";

const drawEveryMs = 250;

/** Draws a run on stderr, which is a terminal, again and again over itself until it is closed; then its last state stays. */
export function liveRun(terminal: NodeJS.WriteStream = process.stderr): { onRecord(record: EventRecord): void; close(): void } {
  const view = newRunView();
  let drawn = 0;
  const draw = (): void => {
    const lines = runViewLines(view, { nowMs: systemClock.nowMs(), columns: terminal.columns, rows: terminal.rows });
    // Up to its first line, and everything below it anew.
    terminal.write(`${drawn === 0 ? "" : `\u001B[${Math.min(drawn, terminal.rows - 1)}F`}\u001B[J${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, drawEveryMs);
  terminal.on("resize", draw);
  return {
    onRecord: (record) => takeIn(view, record),
    close() {
      clearInterval(timer);
      terminal.off("resize", draw);
      draw();
    },
  };
}
