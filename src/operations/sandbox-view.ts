import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { TreeEntry } from "../git/objects.ts";
import { decide } from "../policy/decide.ts";
import { badPath } from "../policy/refusal.ts";
import type { Actor } from "../policy/request.ts";
import type { VolumeContent, VolumeFile } from "../runner/fill-volume.ts";
import { liesAmongEntries } from "../memory/entry.ts";
import { ensureStateDir } from "../workspace/find.ts";
import type { Authority } from "./load-authority.ts";

/** What an agent sees of a commit. */
export interface AgentView {
  /** 64 hex digits over paths, modes and git's names of the contents; agents that may read the same files share it. */
  digest: string;
  commit: string;
  files: readonly TreeEntry[];
  bytes: number;
  leftOut: readonly { path: string; why: string }[];
}

/** The digest counts the form of the view; another form is another view. */
const form = "agentctl-view-1";
const mebibyte = 1024 * 1024;
export const viewLimits = { files: 50_000, bytes: 1024 * mebibyte, fileBytes: 64 * mebibyte };
/** What is read from git at once. */
const groupBytes = 64 * mebibyte;
const scratch = "scratch";

/**
 * The files of the authority's commit that policy lets this agent read: each is decided as `file.read`, and only a plain allow counts. The working tree has
 * no say. Links, submodules and what is beyond the limits are left out, and listed; so are evaluations, and entries of memory that come from untrusted skills, which only
 * memory_search shows, because it puts the run into their lane.
 */
export async function agentView(authority: Authority, agent: { name: string; level: number }, limits = viewLimits): Promise<AgentView> {
  const { repository, commit, set } = authority;
  const actor: Actor = { kind: "agent", name: agent.name, level: agent.level };
  const leftOut: { path: string; why: string }[] = [];
  const files: TreeEntry[] = [];
  let bytes = 0;
  const whyNot = (entry: TreeEntry): string | undefined => {
    const odd = oddEntry(entry);
    if (odd !== undefined) return odd;
    const { effect, rules } = decide({ action: "file.read", class: "R", actor, path: entry.path }, set, { id: "view", commit });
    if (effect !== "allow") return `policy: ${rules[0] ?? "no rule allows it"}`;
    if (entry.bytes > limits.fileBytes) return `too large: ${entry.bytes} bytes, ${limits.fileBytes} are shown`;
    if (files.length >= limits.files || bytes + entry.bytes > limits.bytes) return "the view is full";
    return undefined;
  };
  const entries = await repository.listTree(commit);
  const among = entries.some(({ path }) => liesAmongEntries(path));
  const remembered = among ? await trustedEntries(authority) : new Set<string>();
  for (const entry of entries) {
    const barred = liesAmongEntries(entry.path) && !remembered.has(entry.path);
    const why = barred ? "an entry of memory that is untrusted, or none" : whyNot(entry);
    if (why !== undefined) leftOut.push({ path: entry.path.toWellFormed(), why });
    else {
      files.push(entry);
      bytes += entry.bytes;
    }
  }
  const digest = sha256(canonicalJson([form, files.map(({ path, mode, oid }) => [path, mode, oid])]));
  return { digest, commit, files, bytes, leftOut };
}

/** From the index, which reads only what has changed since: memory may have twenty thousand entries. */
async function trustedEntries(authority: Authority): Promise<Set<string>> {
  const [{ atCommit, openMemory }, { trustedPaths }] = await Promise.all([import("./open-memory.ts"), import("../ledger/memory-rows.ts")]);
  const memory = await openMemory(authority, ensureStateDir(authority.workspace));
  try {
    return await atCommit(memory, trustedPaths);
  } finally {
    memory.close();
  }
}

function oddEntry({ path, mode }: TreeEntry): string | undefined {
  if (mode === "120000") return "a link";
  if (mode !== "100644" && mode !== "100755") return "a submodule";
  if (path === scratch || path.startsWith(`${scratch}/`)) return `${scratch}/ is the run's own folder`;
  if (isHeldOut(path)) return "an evaluation, which agents are held to and do not see";
  if (path.includes("\ufffd") || Buffer.byteLength(path) > 1024 || path.split("/").some((part) => Buffer.byteLength(part) > 255)) return "its name";
  const bad = badPath(path);
  return bad === undefined ? undefined : `its name ${bad}`;
}

/** Whether a path lies among the evaluations, which no agent sees, whatever policy says. Without case, since some file systems know none. */
export function isHeldOut(path: string): boolean {
  return /^evaluations(\/|$)/.test(path.normalize("NFKC").toLowerCase());
}

/** Its files for a volume that belongs to root, read from git piece by piece. */
export function viewContent({ repository }: Authority, view: AgentView): VolumeContent {
  async function* files(): AsyncGenerator<VolumeFile> {
    const wanted = new Map(view.files.map((entry) => [entry.path, entry]));
    for (const prefix of groups(await repository.listTree(view.commit))) {
      for (const file of await repository.readTree(view.commit, prefix)) {
        const entry = wanted.get(file.path);
        if (entry?.oid === file.oid) yield { path: file.path, bytes: file.data.length, executable: entry.mode === "100755", data: file.data };
      }
    }
  }
  return { uid: 0, folders: [scratch], files: files() };
}

/** Prefixes that cover every file, none with more bytes below than are read at once (but for a single file), and none with a name that git cannot be asked for. */
export function groups(entries: readonly TreeEntry[], prefix = "", bytesMax = groupBytes): string[] {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes <= bytesMax && !entries.some(({ path }) => path.includes("\ufffd"))) return [prefix];
  const [only] = entries;
  if (only === undefined || (entries.length === 1 && only.path === prefix)) return bytes <= viewLimits.fileBytes && !prefix.includes("\ufffd") ? [prefix] : [];
  const below = Map.groupBy(entries, ({ path }) => {
    const end = path.indexOf("/", prefix === "" ? 0 : prefix.length + 1);
    return end < 0 ? path : path.slice(0, end);
  });
  return [...below].flatMap(([path, inner]) => (path.includes("\ufffd") ? [] : groups(inner, path, bytesMax)));
}
