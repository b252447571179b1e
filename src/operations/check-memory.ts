import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { kindFolders, memoryBounds, memoryKinds, memoryRoom, pathOfId, titleKey, type MemoryEntry } from "../memory/entry.ts";
import { readFolder, type FolderFile } from "../scan/folder.ts";
import { scanSecrets } from "../scan/secrets.ts";
import { findHiddenMarkup, findMixedScripts } from "../skill/hidden-text.ts";
import { findWorkspace } from "../workspace/find.ts";
import { judgeFile } from "./memory-files.ts";
import { version } from "./version.ts";

export interface MemoryChecked {
  report: Report;
  passed: boolean;
}

/**
 * Checks the entries on disk: what would keep them from counting, text that a reader does not see, secrets, and titles that stand twice. Without ids, all of them.
 * Error (exit usage): `memory/unknown`.
 */
export async function checkMemory(asked: { cwd: string; env: NodeJS.ProcessEnv; ids: readonly string[]; strict: boolean }): Promise<MemoryChecked> {
  const { root } = findWorkspace(asked.cwd, asked.env);
  const { files, findings: odd } = await filesOf(root);
  const wanted = asked.ids.map((id) => pathOfId(id.replace(/^memory\//, "").replace(/\.md$/, "")) ?? id);
  const stranger = wanted.find((path) => !files.some((file) => file.path === path));
  if (stranger !== undefined) throw new AgentctlError("memory/unknown", `there is no ${stranger} on disk`, { hint: "agentctl memory", exit: "usage" });
  const titles = new Map<string, string>();
  const checks: Report["checks"][number][] = odd.length === 0 ? [] : [{ name: memoryRoom, file: memoryRoom, findings: odd }];
  for (const { path, data } of files) {
    const { entry, findings } = judgeFile(path, "", data);
    const text = new TextDecoder().decode(data);
    const found = [
      ...findings,
      ...twin(entry, titles),
      ...findHiddenMarkup(path, text),
      ...findMixedScripts(path, text),
      ...(await scanSecrets([{ file: path, path, text }])),
    ];
    const levelled = asked.strict ? found.map((finding) => (finding.level === "warning" ? { ...finding, level: "error" as const } : finding)) : found;
    if (wanted.length === 0 || wanted.includes(path)) checks.push({ name: path.slice(memoryRoom.length + 1), file: path, findings: levelled });
  }
  const report = { tool: "agentctl memory check", version, checks };
  return { report, passed: reportPassed(report) };
}

async function filesOf(root: string): Promise<{ files: FolderFile[]; findings: Finding[] }> {
  const files: FolderFile[] = [];
  const findings: Finding[] = [];
  for (const kind of memoryKinds) {
    const name = `${memoryRoom}/${kindFolders[kind]}`;
    if (!existsSync(join(root, name)) || !lstatSync(join(root, name)).isDirectory()) continue;
    const read = await readFolder(join(root, name), name, { files: memoryBounds.entries, totalBytes: 512 * 1024 * 1024 });
    files.push(...read.files.map(({ path, data }) => ({ path: `${name}/${path}`, data })));
    findings.push(...read.findings);
  }
  return { files, findings };
}

function twin(entry: MemoryEntry | undefined, titles: Map<string, string>): Finding[] {
  if (entry === undefined) return [];
  const key = titleKey(entry.title);
  const other = titles.get(key);
  titles.set(key, other ?? entry.id);
  return other === undefined
    ? []
    : [{ rule: "memory/same-title", level: "warning", message: `${other} has the same title`, file: entry.path, line: 1, hint: "put them together" }];
}
