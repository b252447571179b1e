import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openGateTrees } from "../../src/operations/gate-tree.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposalWorld } from "../support/proposals.ts";

test("head and base lie apart from what judges them, closed to others; what a killed process left goes first", async () => {
  const world = proposalWorld({ files: { "runners/mine/Dockerfile": "FROM scratch\n" } });
  const data = (text: string): Uint8Array => Buffer.from(text);
  const proposal = await world.propose({
    contents: [
      { path: "agentctl.yaml", data: data("profile: server\n") },
      { path: "runners/mine/Dockerfile", data: data("FROM evil\n") },
      { path: "docs/note.md", data: data("# Note\n") },
    ],
  });
  const dead = join(world.stateDir, "gates", "999999999-1-abc");
  mkdirSync(dead, { recursive: true });
  const authority = await loadAuthority(world.dir, {});
  const env = { AGENTCTL_AUTHORITY_BRANCH: "elsewhere", AGENTCTL_STATE_DIR: "/nowhere" };
  const trees = await openGateTrees({ authority, stateDir: world.stateDir, env }, proposal);
  expect(existsSync(dead)).toBe(false);
  expect(statSync(join(trees.head.cwd, "..")).mode & 0o077).toBe(0);
  expect(readFileSync(join(trees.head.cwd, "docs/note.md"), "utf8")).toBe("# Note\n");
  expect(existsSync(join(trees.base.cwd, "docs/note.md"))).toBe(false);
  for (const { cwd } of [trees.head, trees.base]) {
    expect(readFileSync(join(cwd, "agentctl.yaml"), "utf8")).toBe(readFileSync(join(world.dir, "agentctl.yaml"), "utf8"));
    expect(readFileSync(join(cwd, "runners/mine/Dockerfile"), "utf8")).toBe("FROM scratch\n");
  }
  const there = await loadAuthority(trees.head.cwd, trees.head.env);
  expect(there).toMatchObject({ commit: authority.commit, workspace: { stateDir: world.stateDir } });
  expect(await there.repository.head()).toMatchObject({ commit: proposal.head });
  trees.close();
  expect(readdirSync(join(world.stateDir, "gates"))).toEqual([]);
});
