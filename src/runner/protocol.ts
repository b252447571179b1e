import type { JobLimits } from "./job.ts";

/**
 * Protocol v1 between host and runners/launcher.py: one header line and bytes in, framed records out (described in the launcher).
 * The job runs with the launcher's user id, so records are hostile input: every size, count and order is bounded here.
 */

export interface JobHeader {
  command: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** stdout and stderr together. */
  outputBytes: number;
  tarBytes: number;
  stdinBytes: number;
  artifactBytes: number;
  artifactCount: number;
  /** All that follows on stdin goes to the program as it comes, its output has no cap in the launcher, and no artifacts come back. */
  live?: true;
}

export type JobRecord =
  | { t: "ready" }
  /** The program runs; said of live ones only. */
  | { t: "started" }
  /** It has taken so many bytes more of its stdin; said of live ones only. */
  | { t: "took"; bytes: number }
  | { t: "out" | "err" | "tar"; data: Buffer }
  | { t: "refused"; path: string; why: string }
  | { t: "exit"; code: number | undefined; signal: number | undefined; why: "exit" | "timeout" | "overflow"; oomKills: number }
  | { t: "fail"; why: string };

export interface RecordLimits {
  /** stdout and stderr together. */
  outputBytes: number;
  tarBytes: number;
  /** A `started` record is awaited. */
  live?: true;
}

/** How far a host may be ahead of a live program that does not read. */
export const windowBytes = 256 * 1024;

export const protocolLimits = { lineBytes: 8192, blockBytes: 1024 * 1024, refused: 256, artifacts: 200, textLength: 1024 };

/** Room for the artifacts as tar: their bytes, and per entry at most a head, a path record and padding. */
export function recordLimits(limits: Pick<JobLimits, "outputBytes" | "diskMiB">): RecordLimits {
  return { outputBytes: limits.outputBytes, tarBytes: limits.diskMiB * 1024 * 1024 + protocolLimits.artifacts * 8192 + 4096 };
}

/** The first line that the launcher reads. */
export function encodeHeader(header: JobHeader): Buffer {
  return Buffer.from(`${JSON.stringify(header)}\n`);
}

/** Reads records from chunks of any size. Never throws: the first thing that is wrong is the `fault`, and nothing is read after it. */
export class RecordReader {
  #limits: RecordLimits;
  #rest: Buffer = Buffer.alloc(0);
  #block: { t: "out" | "err" | "tar"; left: number } | undefined;
  #seen: "nothing" | "ready" | "started" | "last" = "nothing";
  #refused = 0;
  #outputBytes = 0;
  #tarBytes = 0;
  #fault: string | undefined;

  constructor(limits: RecordLimits) {
    this.#limits = limits;
  }

  /** What was wrong, in words, once something was. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** The limits of the job that will run; a slot is started before its job is known. */
  limit(limits: RecordLimits): void {
    this.#limits = limits;
  }

  push(chunk: Buffer): JobRecord[] {
    const records: JobRecord[] = [];
    if (this.#fault !== undefined) return records;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length > 0 && this.#fault === undefined) {
      if (this.#block !== undefined) {
        records.push(this.#takeBlock(this.#block));
        continue;
      }
      const end = this.#rest.indexOf(10);
      if (end > protocolLimits.lineBytes || (end < 0 && this.#rest.length > protocolLimits.lineBytes)) {
        this.#fault = `a record's line is longer than ${protocolLimits.lineBytes} bytes`;
      } else if (end < 0) {
        break;
      } else {
        const line = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end + 1);
        const record = this.#readLine(line);
        if (record !== undefined) records.push(record);
      }
    }
    return records;
  }

  /** Blocks are handed on as they arrive, in pieces, so that nothing large waits here. */
  #takeBlock(block: { t: "out" | "err" | "tar"; left: number }): JobRecord {
    const data = this.#rest.subarray(0, block.left);
    this.#rest = this.#rest.subarray(data.length);
    block.left -= data.length;
    if (block.left === 0) this.#block = undefined;
    return { t: block.t, data };
  }

  #readLine(line: Buffer): JobRecord | undefined {
    const fields = parseObject(line);
    if (fields === undefined) return this.#wrong("a record is not a JSON object");
    const kind = fields["t"];
    if (this.#seen === "last") return this.#wrong("a record follows the last one");
    if ((kind === "ready") !== (this.#seen === "nothing")) return this.#wrong(`a record of kind ${shown(kind)} stands in the wrong place`);
    switch (kind) {
      case "ready":
        this.#seen = "ready";
        return fields["v"] === 1 ? { t: "ready" } : this.#wrong(`the launcher speaks version ${shown(fields["v"])}; 1 is understood`);
      case "started":
        if (this.#limits.live !== true || this.#seen !== "ready") return this.#wrong(`a record of kind "started" stands in the wrong place`);
        this.#seen = "started";
        return { t: "started" };
      case "took":
        if (this.#seen !== "started") return this.#wrong(`a record of kind "took" stands in the wrong place`);
        return isCount(fields["n"], windowBytes) ? { t: "took", bytes: fields["n"] } : this.#wrong(`${shown(fields["n"])} bytes were taken`);
      case "out":
      case "err":
      case "tar":
        return this.#openBlock(kind, fields["n"]);
      case "refused":
        return this.#readRefused(fields);
      case "exit":
        return this.#readExit(fields);
      case "fail":
        this.#seen = "last";
        return { t: "fail", why: text(fields["why"]) };
      default:
        return this.#wrong(`a record of the unknown kind ${shown(kind)}`);
    }
  }

  #openBlock(t: "out" | "err" | "tar", n: unknown): undefined {
    if (!isCount(n, protocolLimits.blockBytes) || n === 0) return this.#wrong(`a record announces ${shown(n)} bytes`);
    if (t === "tar") this.#tarBytes += n;
    else this.#outputBytes += n;
    if (this.#tarBytes > this.#limits.tarBytes) return this.#wrong(`more than ${this.#limits.tarBytes} bytes of artifacts`);
    if (this.#outputBytes > this.#limits.outputBytes) return this.#wrong(`more than ${this.#limits.outputBytes} bytes of output`);
    this.#block = { t, left: n };
    return undefined;
  }

  #readRefused(fields: Fields): JobRecord | undefined {
    this.#refused += 1;
    if (this.#refused > protocolLimits.refused) return this.#wrong(`more than ${protocolLimits.refused} refusals`);
    return { t: "refused", path: text(fields["path"]), why: text(fields["why"]) };
  }

  #readExit(fields: Fields): JobRecord | undefined {
    const { code, signal, why, oomKills } = fields;
    if (why !== "exit" && why !== "timeout" && why !== "overflow") return this.#wrong(`an end for the unknown reason ${shown(why)}`);
    const known = [code, signal].filter((number) => isCount(number, 255));
    if (known.length !== 1 || (code !== null && signal !== null)) return this.#wrong("an end without exactly one of code and signal");
    this.#seen = "last";
    return {
      t: "exit",
      code: isCount(code, 255) ? code : undefined,
      signal: isCount(signal, 255) ? signal : undefined,
      why,
      oomKills: isCount(oomKills, Number.MAX_SAFE_INTEGER) ? oomKills : 0,
    };
  }

  #wrong(fault: string): undefined {
    this.#fault = fault;
    return undefined;
  }
}

type Fields = { readonly [name: string]: unknown };

function parseObject(line: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** A text of the job's, for people: bounded, without control characters, well formed. */
function text(value: unknown): string {
  const plain = typeof value === "string" ? value.slice(0, protocolLimits.textLength).toWellFormed() : "";
  return plain.replace(/\p{Cc}/gu, "\uFFFD");
}

function shown(value: unknown): string {
  return text(JSON.stringify(value) ?? "nothing").slice(0, 40);
}
