import { lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processMark } from "../../src/base/process-start.ts";
import { bringAlong } from "../../src/operations/bring-along.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { files, status } from "../support/landings.ts";
import { proposalWorld } from "../support/proposals.ts";

test("what a landing that was killed had begun to write goes with the next one; what looks like it and is somebody's stays", async () => {
  const begun = (mark: string, oid = "0123456789ab"): string => `.agentctl-${mark}-${oid}`;
  const dead = "999999999-1";
  // Committed, so it is somebody's, whatever it is called.
  const theirs = `notes/${begun(dead, "aaaaaaaaaaaa")}`;
  const world = proposalWorld({ signers: [], files: { "notes/a.md": "a\n", [theirs]: "mine\n", "outside/kept.md": "kept\n" } });
  const proposal = await world.propose({ contents: files({ "notes/a.md": "a2\n", "notes/new/b.md": "b\n", "top.md": "top\n" }) });
  world.write({
    [`notes/${begun(dead)}`]: "hal",
    [begun(dead)]: "half",
    [`notes/${begun(processMark())}`]: "another landing, at work",
    [`notes/${begun("12")}`]: "no mark",
    [`notes/${begun(dead, "01234")}`]: "no oid",
    [`outside/${begun(dead)}`]: "nothing lands here",
  });
  mkdirSync(join(world.dir, "notes", begun(dead, "bbbbbbbbbbbb")));
  symlinkSync("../outside/kept.md", join(world.dir, "notes", begun(dead, "cccccccccccc")));
  symlinkSync("../outside", join(world.dir, "notes/new"));

  const authority = await loadAuthority(world.dir, {});
  world.git("update-ref", "refs/heads/main", proposal.head);
  expect(await bringAlong(authority, { from: proposal.base, to: proposal.head })).toEqual({ brought: 2, leftAlone: ["notes/new/b.md"] });
  expect(status(world).toSorted()).toEqual(
    [
      `?? notes/${begun("12")}`,
      `?? notes/${begun(processMark())}`,
      `?? notes/${begun(dead, "01234")}`,
      `?? notes/${begun(dead, "cccccccccccc")}`,
      "?? notes/new",
      `?? outside/${begun(dead)}`,
      "D  notes/new/b.md",
    ].toSorted(),
  );
  expect(lstatSync(join(world.dir, "notes", begun(dead, "bbbbbbbbbbbb"))).isDirectory()).toBe(true);
  expect([theirs, "outside/kept.md", "notes/a.md"].map((path) => readFileSync(join(world.dir, path), "utf8"))).toEqual(["mine\n", "kept\n", "a2\n"]);
});
