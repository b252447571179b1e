import { ByteSink } from "./byte-sink.ts";
import { Demultiplexer } from "./multiplex.ts";
import { RecordReader, type JobRecord, type RecordLimits } from "./protocol.ts";

/** What is handed on as it comes, and then not kept. */
export interface Listener {
  onStarted(): void;
  /** The program has taken so many bytes more of its stdin. */
  onTook(bytes: number): void;
  onStdout(data: Uint8Array): void;
  onStderr(data: Uint8Array): void;
}

/** What the host hears from one launcher, from the attach stream to collected output, under the limits of the protocol. */
export class Conversation {
  readonly stdout = new ByteSink();
  readonly stderr = new ByteSink();
  readonly tar = new ByteSink();
  readonly refused: { path: string; why: string }[] = [];
  /** The launcher's last record. */
  last: Extract<JobRecord, { t: "exit" | "fail" }> | undefined;
  /** What the launcher itself, not the program, wrote on its stderr: the start of it. */
  readonly complaint = new ByteSink();
  readonly ready: Promise<void>;
  /** Resolves at the last record or the first fault; never rejects. */
  readonly over: Promise<void>;
  readonly #demultiplexer = new Demultiplexer();
  readonly #reader: RecordReader;
  readonly #isReady = Promise.withResolvers<void>();
  readonly #isOver = Promise.withResolvers<void>();
  #fault: string | undefined;
  #onStderr: ((data: Uint8Array) => void) | undefined;
  #listener: Listener | undefined;

  constructor() {
    this.#reader = new RecordReader({ outputBytes: 0, tarBytes: 0 });
    this.ready = this.#isReady.promise;
    this.over = this.#isOver.promise;
  }

  get fault(): string | undefined {
    return this.#fault ?? this.#reader.fault;
  }

  /** Before the job is sent: what it may answer. Until then anything but the ready record is a fault. */
  expect(limits: RecordLimits, onStderr?: (data: Uint8Array) => void): void {
    this.#reader.limit(limits);
    this.#onStderr = onStderr;
  }

  /** The same for a program that talks for as long as it lives: nothing of it is kept here, so its output has no total limit. */
  listen(listener: Listener): void {
    this.#reader.limit({ outputBytes: Number.POSITIVE_INFINITY, tarBytes: 0, live: true });
    this.#listener = listener;
  }

  hear(chunk: Buffer): void {
    const plain = this.#demultiplexer.push(chunk, (channel, data) => {
      if (channel === 1) this.#reader.push(data).forEach((record) => this.#take(record));
      else if (this.complaint.length < 4096) this.complaint.add(data.subarray(0, 4096));
    });
    if (!plain) this.#fault = "the engine's stream is not multiplexed";
    if (this.fault !== undefined) this.#isOver.resolve();
  }

  #take(record: JobRecord): void {
    switch (record.t) {
      case "ready":
        return this.#isReady.resolve();
      case "started":
        return this.#listener?.onStarted();
      case "took":
        return this.#listener?.onTook(record.bytes);
      case "out":
        return this.#listener === undefined ? this.stdout.add(record.data) : this.#listener.onStdout(record.data);
      case "err":
        if (this.#listener !== undefined) return this.#listener.onStderr(record.data);
        this.stderr.add(record.data);
        return this.#onStderr?.(record.data);
      case "tar":
        return this.tar.add(record.data);
      case "refused":
        this.refused.push({ path: record.path, why: record.why });
        return;
      default:
        this.last = record;
        return this.#isOver.resolve();
    }
  }
}
