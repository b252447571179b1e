import type { ImproveProgress } from "../operations/improve.ts";
import { count } from "./quantity.ts";
import { drawLive, type LiveLine } from "./live-list.ts";

/** Shows the questions as they are answered, live. For a terminal; elsewhere the lines of the answer are enough. `close` waits until everything is drawn. */
export function showQuestions(): Pick<ImproveProgress, "onQuestion"> & { close: () => Promise<void> } {
  const ended = Promise.withResolvers<void>();
  let live: LiveLine | undefined;
  let asked = 0;
  let rows = 0;
  const drawn = drawLive(
    [
      {
        title: "asking the record",
        task: async (line) => {
          live = line;
          await ended.promise;
        },
      },
    ],
    { clearOutput: true },
  );
  return {
    onQuestion(question, found) {
      asked += 1;
      rows += found;
      if (live !== undefined) live.title = `asking the record  ${count(asked, "question")}, ${count(rows, "row")}  ${question}`;
    },
    close: async () => {
      ended.resolve();
      await drawn.catch(() => undefined);
    },
  };
}
