import { stripVTControlCharacters } from "node:util";
import type { BridgeMessage, DisplayMime } from "./kernel-protocol.ts";

export interface KernelDisplay {
  mime: DisplayMime;
  /** A PNG in base64, JSON as text. */
  data: string;
}

export interface KernelError {
  name: string;
  value: string;
  traceback: string;
}

/** What of a cell's output is kept, whatever a bridge sends. */
const displaysMax = 64;
const errorLength = { name: 200, value: 32_768, traceback: 32_768 };

/** The output of one cell, as it comes, under its budget. */
export class KernelOutput {
  readonly displays: KernelDisplay[] = [];
  error: KernelError | undefined;
  truncated = false;
  readonly #texts = { stdout: [] as string[], stderr: [] as string[], result: [] as string[] };
  #bytesLeft: number;

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax;
  }

  get stdout(): string {
    return this.#texts.stdout.join("");
  }

  get stderr(): string {
    return this.#texts.stderr.join("");
  }

  /** The value of the last expression, as Python shows it. */
  get result(): string | undefined {
    return this.#texts.result.length === 0 ? undefined : this.#texts.result.join("");
  }

  hear(message: Extract<BridgeMessage, { t: "text" | "data" | "result" | "error" }>): void {
    switch (message.t) {
      case "text":
        return this.#text(message.name, message.text);
      case "result":
        return this.#text("result", message.text);
      case "data":
        return this.#display(message);
      case "error":
        this.error = {
          name: plain(message.name).slice(0, errorLength.name),
          value: plain(message.value).slice(0, errorLength.value),
          traceback: plain(message.traceback).slice(-errorLength.traceback),
        };
    }
  }

  /** An empty piece costs too, so that a million of them end. */
  #takes(text: string): boolean {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > this.#bytesLeft + 4096) {
      this.truncated = true;
      return false;
    }
    this.#bytesLeft -= bytes;
    return true;
  }

  #text(name: "stdout" | "stderr" | "result", text: string): void {
    if (this.#takes(text)) this.#texts[name].push(text.toWellFormed());
  }

  #display({ mime, data }: KernelDisplay): void {
    const picture = mime === "image/png";
    const text = picture ? data.replace(/\s/g, "") : data.toWellFormed();
    if (picture && !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) this.truncated = true;
    else if (this.displays.length >= displaysMax) this.truncated = true;
    else if (this.#takes(text)) this.displays.push({ mime, data: text });
  }
}

function plain(text: string): string {
  return stripVTControlCharacters(text.toWellFormed());
}
