import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, type Clock } from "../base/clock.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { newId } from "../base/ids.ts";
import { isMapping } from "../base/mapping.ts";
import type { AnswerCache } from "./ports.ts";

const bytesMax = 16 * 1024 * 1024;
const keyForm = /^[0-9a-f]{64}$/;

/**
 * Answers as files in a folder that only their owner may read, one each, named by the digest of its request. Whatever is wrong with one is a miss: it is old,
 * cut off, changed or not readable; and one that cannot be written is not kept. Never throws.
 */
export function openAnswerCache(folder: string, clock: Clock = systemClock): AnswerCache {
  const fileOf = (key: string): string | undefined => (keyForm.test(key) ? join(folder, `${key}.json`) : undefined);
  return {
    get(key) {
      const file = fileOf(key);
      return file === undefined ? undefined : readEntry(file, clock.nowMs());
    },
    put(key, value, ttlMs) {
      const file = fileOf(key);
      if (file === undefined || ttlMs <= 0) return;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        chmodSync(folder, 0o700);
        const entry = { until: clock.nowMs() + ttlMs, value };
        placeWhole(join(folder, `.${newId("t")}`), file, JSON.stringify({ ...entry, sha256: sha256(canonicalJson(entry)) }));
      } catch {
        // An answer that is not kept is asked for again.
      }
    },
  };
}

function placeWhole(temporary: string, file: string, text: string): void {
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

function readEntry(file: string, nowMs: number): unknown {
  try {
    if (statSync(file).size > bytesMax) return undefined;
    const entry: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isMapping(entry)) return undefined;
    const { until, value, sha256: digest } = entry;
    if (typeof until !== "number" || digest !== sha256(canonicalJson({ until, value }))) return undefined;
    if (until > nowMs) return value;
    rmSync(file, { force: true });
    return undefined;
  } catch {
    return undefined;
  }
}
