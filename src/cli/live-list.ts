import type { ListrDefaultRendererLogLevels } from "listr2";

/** What a task of a live view may change of its own line. */
export interface LiveLine {
  title: string;
  output: string;
}

export interface LiveTask {
  title: string;
  /** The line is live until this resolves; one that rejects is marked as failed. */
  task: (line: LiveLine) => Promise<void>;
}

export interface LiveOptions {
  concurrent?: boolean;
  exitOnError?: boolean;
  /** Nothing of it stays when it is over. */
  clearOutput?: boolean;
  collapseErrors?: boolean;
}

/**
 * Draws tasks that move, on stderr: what moves is words. The one place that draws: whoever calls it has asked whether stderr is a terminal; listr2 would ask
 * stdout, and where that is a pipe write plain lines among the data.
 */
export async function drawLive(tasks: readonly LiveTask[], options: LiveOptions = {}): Promise<void> {
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, toStderr: [], processOutput });
  class Live extends DefaultRenderer {
    static override readonly nonTTY = true;
  }
  const { concurrent = false, exitOnError = true, clearOutput = false, collapseErrors = true } = options;
  await new Listr(
    tasks.map(({ title, task }) => ({ title, task: (_context: unknown, line: LiveLine) => task(line) })),
    { concurrent, exitOnError, registerSignalListeners: false, rendererOptions: { clearOutput, collapseErrors, logger }, renderer: Live },
  ).run();
}
