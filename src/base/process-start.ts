import { readFileSync } from "node:fs";

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
