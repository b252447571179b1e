import { closeSync, lstatSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";

/** By which a file is known as one of ours, which may be written anew. */
const mark = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy"';

/** Refuses a file that is there and is no page of ours, except with `force`. Error `<room>/report-exists` (exit usage). */
export function mayWritePage(path: string, force: boolean, room: "backtest" | "run"): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  // A pipe, a device, or the link /dev/stdout would be gone.
  const plain = found.isFile();
  if (plain && (force || isPage(path))) return;
  const hint = plain ? "give --out another file, or --force" : "give --out another file";
  throw new AgentctlError(`${room}/report-exists`, `${path} is there and is not a report`, { hint, exit: "usage" });
}

function isPage(path: string): boolean {
  const handle = openSync(path, "r");
  try {
    const head = Buffer.alloc(mark.length);
    return head.toString("utf8", 0, readSync(handle, head)) === mark;
  } finally {
    closeSync(handle);
  }
}

/** Whole or not at all. Error `<room>/unwritable` (exit usage). */
export function writePage(path: string, text: string, room: "backtest" | "run"): void {
  const temporary = join(dirname(path), `.${newId("report")}`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new AgentctlError(`${room}/unwritable`, `${path} cannot be written`, {
      hint: "give --out a file in a folder that is there and yours",
      exit: "usage",
      cause,
    });
  }
}
