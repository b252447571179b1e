import { existsSync, readFileSync } from "node:fs";

/**
 * When a process started, in the kernel's ticks since boot: process ids are used again, and this tells two apart. Undefined where the system does not
 * say, and for one that has ended, also when it still waits for its parent (a zombie).
 */
export function processStart(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** This process, as part of a file's name, so that whoever finds the file later can ask `isGone`. */
export function processMark(): string {
  return `${process.pid}-${processStart(process.pid) ?? "0"}`;
}

/** Whether the process of this machine that such a mark names has ended; true for what is no mark. */
export function isGone(mark: string): boolean {
  const [, pid, start] = /^([1-9]\d{0,9})-(\d{1,20})$/.exec(mark) ?? [];
  if (pid === undefined) return true;
  const now = processStart(Number(pid)) ?? (isAlive(Number(pid)) ? "0" : undefined);
  return now !== start;
}

/** Where the system does not say when a process started, whether there is one. */
function isAlive(pid: number): boolean {
  if (existsSync("/proc/self/stat")) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
