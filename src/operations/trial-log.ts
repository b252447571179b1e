import { systemClock } from "../base/clock.ts";
import type { Recorder } from "../event/events.ts";
import type { RecordedTrial } from "./experiment-record.ts";

/** Records that have so many trials, or that waited so long, are written. */
const batchTrialsMax = 256;
const waitMsMax = 1000;

/** Writes trials to the record as they end, in batches: what a killed process loses is at most a second of work, never a trial that was told of. */
export class TrialLog {
  readonly #recorder: Recorder;
  readonly #experiment: string;
  #waiting: RecordedTrial[] = [];
  #writtenMs = systemClock.monotonicMs();

  constructor(recorder: Recorder, experiment: string) {
    this.#recorder = recorder;
    this.#experiment = experiment;
  }

  async add(trials: readonly RecordedTrial[]): Promise<void> {
    this.#waiting.push(...trials);
    if (this.#waiting.length >= batchTrialsMax || systemClock.monotonicMs() - this.#writtenMs >= waitMsMax) await this.flush();
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    this.#writtenMs = systemClock.monotonicMs();
    while (this.#waiting.length > 0) {
      const trials = this.#waiting.splice(0, batchTrialsMax);
      await this.#recorder.append("trials.recorded", { experiment: this.#experiment, trials });
    }
  }
}
