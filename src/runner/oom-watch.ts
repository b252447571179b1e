import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { labels } from "./owner.ts";

type EventStream = NodeJS.ReadableStream & Partial<Pick<Readable, "destroy">>;

/**
 * The engine's `oom` events of our containers: they come within 0.2 s, also for a child of a container that goes on, where inspect
 * says nothing until the end. One subscription an engine, open while anything runs. Best effort: inspect stays the last word.
 */
export class OomWatch {
  readonly #docker: Docker;
  readonly #owner: string;
  readonly #containers = new Map<string, () => void>();
  #stream: Promise<EventStream | undefined> | undefined;

  constructor(docker: Docker, owner: string) {
    this.#docker = docker;
    this.#owner = owner;
  }

  /** Calls back when something of the container was killed for memory; returns how to stop watching. */
  watch(container: string, onOom: () => void): () => void {
    this.#containers.set(container, onOom);
    this.#stream ??= this.#open();
    return () => {
      this.#containers.delete(container);
      if (this.#containers.size > 0) return;
      void this.#stream?.then((stream) => stream?.destroy?.());
      this.#stream = undefined;
    };
  }

  async #open(): Promise<EventStream | undefined> {
    const filters = JSON.stringify({ type: ["container"], event: ["oom"], label: [`${labels.owner}=${this.#owner}`] });
    try {
      const stream: EventStream = await this.#docker.getEvents({ filters });
      let rest = "";
      stream.on("error", () => {});
      stream.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString("utf8")).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.#tell(line);
      });
      return stream;
    } catch {
      return undefined;
    }
  }

  #tell(line: string): void {
    try {
      const { Actor } = JSON.parse(line) as { Actor?: { ID?: string } };
      this.#containers.get(Actor?.ID ?? "")?.();
    } catch {
      // Half a line at the end of the stream.
    }
  }
}
