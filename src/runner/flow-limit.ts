/** What may come at once, and after that each second: more than a program has to say, less than what fills a journal or a CPU for long. */
const burstBytes = 64 * 1024 * 1024;
const bytesPerSecond = 8 * 1024 * 1024;

/** Bounds a flow of bytes that has no end: a bucket that fills with time. Pure. */
export class FlowLimit {
  #left = burstBytes;
  #atMs: number | undefined;

  /** Whether so many bytes may pass at this monotonic time. */
  take(bytes: number, nowMs: number): boolean {
    this.#left = Math.min(burstBytes, this.#left + ((nowMs - (this.#atMs ?? nowMs)) / 1000) * bytesPerSecond);
    this.#atMs = nowMs;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
