/** The name of a part of an agent's run: `<root>`, then `<root>-2`, `<root>-3`. */
export function partName(root: string, part: number): string {
  return part === 1 ? root : `${root}-${part}`;
}

/** The root of a run's name: parts carry its number. */
export function rootOf(run: string): string {
  return /^(r-[0-9a-z]+)-\d+$/.exec(run)?.[1] ?? run;
}

/** The number of a part of `root`, from 2; undefined for any other run. */
export function partOf(root: string, run: string): number | undefined {
  const part = Number(run.slice(root.length + 1));
  return part >= 2 && Number.isSafeInteger(part) && run === partName(root, part) ? part : undefined;
}
