import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { LockEntry } from "../skill/lock.ts";
import { scanSkills } from "./check-skills.ts";
import { changeLock } from "./skill-lock-file.ts";
import { openShelf } from "./skill-shelf.ts";
import { usable } from "./usable-skill.ts";

interface Asked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
}

/** What a person should know before trusting a skill. */
export interface TrustQuestion {
  name: string;
  lock: LockEntry;
  /** Of the files that lie there now. */
  digest: string;
  /** They are not those that were added. */
  changed: boolean;
  findings: Finding[];
}

export interface SkillTrusted {
  name: string;
  lock: LockEntry;
  /** The command that puts it into force. */
  next: string;
}

/** Errors (exit usage): `skill/unknown`, `skill/broken`, `skill/not-from-elsewhere`. */
export async function askTrust(asked: Asked): Promise<TrustQuestion> {
  const shelf = await openShelf(asked);
  const skill = usable(await shelf.read(shelf.place(asked.name)));
  const lock = shelf.workingLock?.get(asked.name);
  if (lock === undefined) {
    throw new AgentctlError("skill/not-from-elsewhere", `${asked.name} is not in skills/lock.yaml: it is this workspace's own`, {
      hint: "own skills need no trust; policy decides whether they may run",
      exit: "usage",
    });
  }
  const [findings = []] = await scanSkills([skill], { workspace: shelf.workspace, env: asked.env });
  return { name: asked.name, lock, digest: skill.digest, changed: skill.digest !== lock.digest, findings };
}

/** Trusts exactly the files that `question` was about. Error `skill/changed` when others lie there now. */
export async function trustSkill(asked: Asked & { reason: string; question: TrustQuestion }): Promise<SkillTrusted> {
  const reason = asked.reason.trim();
  if (reason === "" || reason.length > 1024 || /[\n\r]/.test(reason))
    throw new AgentctlError("skill/bad-reason", "the reason must be one line of text", { exit: "usage" });
  const shelf = await openShelf(asked);
  const { digest } = await shelf.read(shelf.place(asked.name));
  if (digest !== asked.question.digest)
    throw new AgentctlError("skill/changed", `the files of ${asked.name} changed while you looked at them`, {
      hint: `agentctl skill trust ${asked.name} --reason …`,
    });
  const lock = await changeLock(shelf.workspace.root, (entries) => {
    const entry = entries.get(asked.name);
    if (entry === undefined) throw new AgentctlError("skill/not-from-elsewhere", `${asked.name} is no longer in skills/lock.yaml`, { exit: "usage" });
    entries.set(asked.name, { ...entry, digest, trust: "trusted", reason });
  });
  const next = `git add skills/${asked.name} skills/lock.yaml && git commit -m "trust the skill ${asked.name}"`;
  return { name: asked.name, lock: lock.get(asked.name) as LockEntry, next };
}
