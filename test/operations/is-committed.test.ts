import { rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRepository } from "../../src/git/repository.ts";
import { isCommitted } from "../../src/operations/is-committed.ts";
import { openShelf } from "../../src/operations/skill-shelf.ts";
import { usable, type UsableSkill } from "../../src/operations/usable-skill.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { skill } from "../support/skills.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

const good = "print(1)\n";

function made(): TestWorkspace {
  return workspace({ ...skill("mine", good), "agentctl.yaml": "profile: small\n" });
}

async function read(at: TestWorkspace): Promise<UsableSkill> {
  const shelf = await openShelf({ cwd: at.dir, env: {} });
  return usable(await shelf.read(shelf.place("mine")));
}

function committed(at: TestWorkspace, found: UsableSkill): Promise<boolean> {
  return isCommitted({ repository: openRepository(findWorkspace(at.dir, {})), commit: at.git("rev-parse", "HEAD") }, found);
}

test("files swapped for the committed ones after they were read are still not the committed ones", async () => {
  const at = made();
  at.write({ "skills/mine/scripts/main.py": "import hostile\n" });
  const found = await read(at);
  at.write({ "skills/mine/scripts/main.py": good });
  expect(await committed(at, found)).toBe(false);
  expect(await committed(at, await read(at))).toBe(true);
});

test.each<[string, (at: TestWorkspace) => void]>([
  ["one more file", (at) => at.write({ "skills/mine/more.py": "x" })],
  ["one more that git ignores", (at) => at.write({ ".git/info/exclude": "*.py\n", "skills/mine/json.py": "x" })],
  [
    "one that git was told to take for unchanged",
    (at) => {
      at.git("update-index", "--assume-unchanged", "skills/mine/scripts/main.py");
      at.write({ "skills/mine/scripts/main.py": "x = 1\n" });
    },
  ],
  [
    "one that git was told not to check out",
    (at) => {
      at.git("update-index", "--skip-worktree", "skills/mine/scripts/main.py");
      at.write({ "skills/mine/scripts/main.py": "x = 1\n" });
    },
  ],
  [
    "other line ends, which git would hide",
    (at) => {
      at.write({ ".git/info/attributes": "* text eol=crlf\n", "skills/mine/scripts/main.py": good.replace("\n", "\r\n") });
    },
  ],
  [
    "one file less",
    (at) => {
      at.write({ "skills/mine/notes.txt": "x" });
      at.commit();
      rmSync(join(at.dir, "skills/mine/notes.txt"));
    },
  ],
  [
    "a replaced object",
    (at) => {
      at.write({ "evil.py": "x = 1\n", "skills/mine/scripts/main.py": "x = 1\n" });
      at.git("replace", at.git("rev-parse", "HEAD:skills/mine/scripts/main.py"), at.git("hash-object", "-w", "evil.py"));
    },
  ],
  [
    "a commit that has a link where a file lies",
    (at) => {
      unlinkSync(join(at.dir, "skills/mine/scripts/main.py"));
      symlinkSync("print(1)", join(at.dir, "skills/mine/scripts/main.py"));
      at.commit();
      unlinkSync(join(at.dir, "skills/mine/scripts/main.py"));
      at.write({ "skills/mine/scripts/main.py": "print(1)" });
    },
  ],
])("a skill with %s is not the committed one", async (_what, change) => {
  const at = made();
  change(at);
  expect(await committed(at, await read(at))).toBe(false);
});

test("what tools leave behind never runs and does not count, in the commit or beside it", async () => {
  const at = made();
  at.write({ "skills/mine/.DS_Store": "x" });
  at.git("add", "-f", "skills/mine/.DS_Store");
  at.commit();
  at.write({ "skills/mine/scripts/__pycache__/main.pyc": "x", "skills/mine/.DS_Store": "y" });
  expect(await committed(at, await read(at))).toBe(true);
});
