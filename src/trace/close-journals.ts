import { createReadStream, createWriteStream, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { checkChain, type KnownHead } from "./chain.ts";
import { diskError, makeFolder, syncFolder } from "./disk.ts";
import { runsInLake, writeLake } from "./lake.ts";
import { listJournals, places, type JournalFile } from "./places.ts";

export interface Closing {
  /** Runs whose rows were written to the lake. */
  runs: number;
  records: number;
  /** Of the journals that were compressed, before and after. */
  bytesBefore: number;
  bytesAfter: number;
  /** Journals that stay as they are because something is wrong with them. */
  damaged: string[];
}

interface Ended extends JournalFile {
  month: string;
  records: number;
  head: KnownHead;
}

/**
 * Moves the journals of ended runs out of the way of queries. The compressed journal stays the evidence; the Parquet in the lake is a
 * copy for speed, and when it is gone the next call makes it again. Each step is whole or not there, and a crash between two of them
 * is mended by the next call: first the lake has the rows (the views count a run that is in both once), then the compressed journal is
 * verified, then the open one goes. One process at a time may do this.
 */
export async function closeJournals(stateDir: string, heads: ReadonlyMap<string, KnownHead>): Promise<Closing> {
  const closing: Closing = { runs: 0, records: 0, bytesBefore: 0, bytesAfter: 0, damaged: [] };
  const inLake = await runsInLake(stateDir);
  const ended: Ended[] = [];
  for (const file of listJournals(stateDir)) {
    if (file.closed && inLake.has(file.run)) continue;
    const chain = await checkChain(file, heads.get(file.run));
    if (chain.faults.length > 0) closing.damaged.push(file.run);
    else if (chain.last?.kind === "run.finished" && chain.tornBytes === 0) {
      ended.push({ ...file, month: chain.last.ts.slice(0, 7), records: chain.records, head: chain.good });
    }
  }
  for (const [month, files] of Map.groupBy(ended, (file) => file.month)) {
    const fresh = [...new Map(files.filter(({ run }) => !inLake.has(run)).map((file) => [file.run, file])).values()];
    await writeLake(stateDir, month, fresh);
    closing.runs += fresh.length;
    closing.records += fresh.reduce((sum, { records }) => sum + records, 0);
  }
  for (const file of ended.filter(({ closed }) => !closed)) {
    closing.bytesBefore += file.head.bytes;
    closing.bytesAfter += await compress(stateDir, file);
  }
  return closing;
}

/** The size of the compressed journal, which is verified before the open one is removed. */
async function compress(stateDir: string, { run, path, month, head }: Ended): Promise<number> {
  const folder = join(places.closed(stateDir), month);
  const target = join(folder, `${run}.jsonl.gz`);
  const temporary = join(folder, `.${basename(target)}.${newId("t")}`);
  try {
    makeFolder(folder);
    const output = createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(createReadStream(path), createGzip(), output);
    const { good, faults, tornBytes } = await checkChain({ run, path: temporary, closed: true }, head);
    if (faults.length > 0 || tornBytes > 0 || good.hash !== head.hash) {
      throw new AgentctlError("trace/not-closed", `${path} did not survive its compression; it stays as it is`);
    }
    renameSync(temporary, target);
    syncFolder(folder);
    rmSync(path);
    syncFolder(dirname(path));
    return output.bytesWritten;
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw diskError(target, cause);
  }
}
