import { isoTime } from "../base/clock.ts";
import type { PullProgress } from "../market/pull-candles.ts";
import { clip } from "./clip.ts";
import { drawLive, type LiveLine } from "./live-list.ts";
import { seconds } from "./quantity.ts";

export interface ShownPull {
  /** A line that stays. */
  line(text: string): void;
  onPage(progress: PullProgress): void;
  onWait(why: string, waitMs: number): void;
  close(): Promise<void>;
}

const lineCharactersMax = 100;

/** Shows how far a pull is: one live line on a terminal, elsewhere a plain line at every tenth. */
export function showPull(what: string, terminal: boolean, words: (line: string) => void): ShownPull {
  const live = terminal ? liveLine(what) : undefined;
  let tenth = -1;
  return {
    line: words,
    onPage(progress) {
      const text = `${progress.candles} candles  to ${isoTime(progress.upToMs).slice(0, 16)}Z  ${Math.floor(progress.share * 100)} %`;
      if (live !== undefined) live.show(text);
      else if (Math.floor(progress.share * 10) !== tenth) words(`pulled     ${text}`);
      tenth = Math.floor(progress.share * 10);
    },
    onWait(why, waitMs) {
      const text = clip(`again in ${seconds(waitMs)}: ${why}`, lineCharactersMax);
      if (live === undefined) words(`waiting    ${text}`);
      else live.show(text);
    },
    close: async () => live?.close(),
  };
}

/** A task whose work is to wait for its end; drawn from the first line on, so that words before it are not drawn over. */
function liveLine(what: string): { show: (line: string) => void; close: () => Promise<void> } {
  const ended = Promise.withResolvers<void>();
  let drawn: Promise<void> | undefined;
  let view: LiveLine | undefined;
  let latest = "";
  const task = async (line: LiveLine): Promise<void> => {
    view = line;
    line.output = latest;
    await ended.promise;
  };
  return {
    show(line) {
      latest = line;
      drawn ??= drawLive([{ title: what, task }]);
      if (view !== undefined) view.output = line;
    },
    close: async () => {
      ended.resolve();
      await drawn;
    },
  };
}
