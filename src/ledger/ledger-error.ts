import { AgentctlError, messageOf } from "../base/errors.ts";

const primary = { busy: 5, locked: 6, readonly: 8, io: 10, corrupt: 11, full: 13, cantOpen: 14, notDatabase: 26 };
const unreadable = new Set([primary.readonly, primary.io, primary.corrupt, primary.cantOpen, primary.notDatabase]);
const systemCodes = new Set(["EACCES", "EPERM", "ENOTDIR", "EISDIR", "EROFS", "EEXIST", "ELOOP", "EIO"]);

/** What SQLite or the file system said, as an error of this room; anything else is passed on as it is. */
export function ledgerError(path: string, cause: unknown): unknown {
  if (cause instanceof AgentctlError || !(cause instanceof Error)) return cause;
  const { errcode, code } = cause as Error & { errcode?: number; code?: string };
  const result = errcode === undefined ? undefined : errcode & 0xff;
  if (result === primary.full || code === "ENOSPC" || code === "EDQUOT") {
    return new AgentctlError("ledger/disk-full", `${path} cannot grow: the disk is full`, { hint: "free some space; nothing was written", cause });
  }
  if (result === primary.busy || result === primary.locked) {
    return new AgentctlError("ledger/busy", `${path} is held by another process for too long`, { hint: "try again", cause });
  }
  if ((result !== undefined && unreadable.has(result)) || (code !== undefined && systemCodes.has(code))) {
    return new AgentctlError("ledger/unreadable", `${path} cannot be used: ${messageOf(cause)}`, {
      hint: "agentctl audit verify shows what the journals still hold; keep the file, it is evidence",
      cause,
    });
  }
  return cause;
}
