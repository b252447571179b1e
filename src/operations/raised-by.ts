import { isDeepStrictEqual } from "node:util";
import { readYaml } from "../base/document.ts";
import { isMapping } from "../base/mapping.ts";
import type { Repository } from "../git/repository.ts";
import type { PathChange } from "../proposal/proposal.ts";
import { foldedPath } from "../proposal/look-alike.ts";
import type { Raised } from "../proposal/risk.ts";

/**
 * What the content of files asks for beyond what their paths do: an agent that gets a higher level, more tools, wider limits or fewer questions takes two keys. What
 * cannot be read counts as raised.
 */
export async function raisedBy(repository: Repository, changes: readonly PathChange[]): Promise<Raised[]> {
  return (await raisedInAll(repository, [{ changes }]))[0] ?? [];
}

/** As `raisedBy`, for many proposals in at most one process. */
export async function raisedInAll(repository: Repository, proposals: readonly { changes: readonly PathChange[] }[]): Promise<Raised[][]> {
  const agents = proposals.map(({ changes }) => changes.filter(({ path, after }) => after !== undefined && (isAgent(path) || isStrategy(path))));
  const oids = [
    ...new Set(agents.flat().flatMap(({ before, after }) => [before, after].flatMap((side) => (side === undefined || !isFile(side.mode) ? [] : [side.oid])))),
  ];
  const blobs = await repository.readBlobs(oids);
  const texts = new Map(oids.map((oid, index) => [oid, blobs[index]]));
  return agents.map((changes) =>
    changes.flatMap(({ path, before, after }) => {
      const side = (each: PathChange["before"]): Yaml | undefined => (each === undefined ? undefined : read(path, texts.get(each.oid)));
      return (isAgent(path) ? raisedIn : loosenedIn)(side(before), side(after)).map((reason) => ({ path, reason }));
    }),
  );
}

/** As file systems without case, and ones that fold look-alikes, find it. */
function isAgent(path: string): boolean {
  return /^agents\/[^/]+\/agent\.ya?ml$/.test(foldedPath(path));
}

function isStrategy(path: string): boolean {
  return /^strategies\/[^/]+\/strategy\.ya?ml$/.test(foldedPath(path));
}

function isFile(mode: string): boolean {
  return mode === "100644" || mode === "100755";
}

type Yaml = { readonly [key: string]: unknown };

function read(path: string, data: Uint8Array | undefined): Yaml | undefined {
  const value = data === undefined ? undefined : readYaml({ path, text: Buffer.from(data).toString("utf8") }).document?.value;
  return isMapping(value) ? value : undefined;
}

/** A strategy's own limits can only tighten those of the policies; what goes from them, or becomes another, may loosen it. */
function loosenedIn(before: Yaml | undefined, after: Yaml | undefined): string[] {
  if (after === undefined) return ["its strategy cannot be read"];
  const gates = (yaml: Yaml | undefined): Yaml => (isMapping(yaml?.["gates"]) ? yaml["gates"] : {});
  const other = Object.keys(gates(before)).filter((key) => !isDeepStrictEqual(gates(before)[key], gates(after)[key]));
  return other.length > 0 ? [`changes what its gate holds it to: ${other.slice(0, 5).join(", ")}`] : [];
}

/** A new agent is measured against one that may nothing. */
function raisedIn(before: Yaml | undefined, after: Yaml | undefined): string[] {
  if (after === undefined) return ["its agent cannot be read"];
  const number = (yaml: Yaml | undefined, key: string): number => (typeof yaml?.[key] === "number" ? yaml[key] : 0);
  const list = (yaml: Yaml | undefined, key: string): string[] => (Array.isArray(yaml?.[key]) ? yaml[key].map(String) : []);
  const reasons: string[] = [];
  const [from, to] = [before === undefined ? 1 : number(before, "level"), number(after, "level")];
  if (to > from) reasons.push(`raises autonomy from level ${from} to ${to}`);
  if (JSON.stringify(before?.["autonomy"] ?? null) !== JSON.stringify(after["autonomy"] ?? null)) reasons.push("changes earned autonomy");
  if (before === undefined) return reasons;
  const more = list(after, "tools").filter((tool) => !list(before, "tools").includes(tool));
  if (more.length > 0) reasons.push(`gives more tools: ${more.slice(0, 5).join(", ")}`);
  const fewer = list(before, "approval").filter((tool) => !list(after, "approval").includes(tool));
  if (fewer.length > 0) reasons.push(`asks less: ${fewer.slice(0, 5).join(", ")}`);
  const limits = (yaml: Yaml): Yaml => (isMapping(yaml["limits"]) ? yaml["limits"] : {});
  const wider = Object.keys({ ...limits(before), ...limits(after) }).filter((key) => {
    const [old, next] = [limits(before)[key], limits(after)[key]];
    return next === undefined || old === undefined ? next !== old : Number(next) > Number(old);
  });
  if (wider.length > 0) reasons.push(`widens limits: ${wider.slice(0, 5).join(", ")}`);
  const held = before["output"];
  const less = isMapping(held)
    ? Object.keys(held).filter((key) => !isDeepStrictEqual(held[key], isMapping(after["output"]) ? after["output"][key] : undefined))
    : [];
  if (less.length > 0) reasons.push(`changes what its answers are held to: ${less.slice(0, 5).join(", ")}`);
  if (number(after, "criticRounds") < number(before, "criticRounds")) reasons.push("lets the critic look less often");
  return reasons;
}
