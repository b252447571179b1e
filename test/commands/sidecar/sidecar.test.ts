import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostname } from "node:os";
import { cli } from "../../support/cli.ts";
import { shipped } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";

const on = { AGENTCTL_SIDECAR_MODE: "on" };
const made = (config = "profile: small\n"): ReturnType<typeof workspace> => workspace({ "agentctl.yaml": config, ...shipped("policies") });

test("it is off until a commit or the environment turns it on; an edit of the working tree turns nothing on", async () => {
  const w = made();
  for (const words of [["start"], ["exec", "1"], ["reset"]]) {
    const { stderr } = await cli(w.dir, ["sidecar", ...words], { expectExit: 3 });
    expect(stderr).toContain("the Python sidecar is off (sidecar.mode)");
    expect(stderr).toContain("set sidecar: { mode: on } in agentctl.yaml and commit it");
  }
  expect((await cli(w.dir, ["sidecar", "status"])).stdout).toBe("off\n");
  w.write({ "agentctl.yaml": "profile: small\nsidecar: { mode: on }\n" });
  const edited = await cli(w.dir, ["sidecar", "exec", "1"], { expectExit: 3 });
  expect(edited.stderr).toMatch(/agentctl\.yaml:2 sets sidecar\.mode, which is not in [0-9a-f]{10}/);
  w.commit();
  expect((await cli(w.dir, ["sidecar", "exec", "1"], { expectExit: 2 })).stderr).toContain("no sidecar runs in this workspace");
  // The working tree can turn it off again at once.
  w.write({ "agentctl.yaml": "profile: small\n" });
  await cli(w.dir, ["sidecar", "exec", "1"], { expectExit: 3 });
});

test("what is asked wrongly is said with the mend; where there is none, stop is no error", async () => {
  const { dir } = made();
  expect((await cli(dir, ["sidecar", "exec"], { env: on, expectExit: 2 })).stderr).toContain("give the code as an argument");
  expect((await cli(dir, ["sidecar", "exec", "1", "--file", "a.py"], { env: on, expectExit: 2 })).stderr).toContain("one of them");
  expect((await cli(dir, ["sidecar", "exec", "--file", "none.py"], { env: on, expectExit: 2 })).stderr).toContain("none.py cannot be read");
  expect((await cli(dir, ["sidecar", "reset"], { env: on, expectExit: 2 })).stderr).toContain("agentctl sidecar start");
  expect((await cli(dir, ["sidecar", "status", "--json"], { env: on })).json()).toEqual({ state: "none" });
  expect((await cli(dir, ["sidecar", "stop", "--json"])).json()).toEqual({ how: "none" });
});

test("a keeper that died without a word is noticed, said, and swept away", async () => {
  const { dir } = made();
  const folder = join(dir, ".git", "agentctl", "sidecar");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = { pid: 1, processStart: "1", boot: "another", host: hostname() };
  const address = JSON.stringify({ run: "r-0123456789", socket: join(folder, "socket"), owner, started: "2026-11-28T09:00:00Z" });
  const put = (): void => {
    writeFileSync(join(folder, "keeper.json"), address);
    writeFileSync(join(folder, "socket"), "");
  };
  put();
  expect((await cli(dir, ["sidecar", "status", "--json"], { env: on })).json()).toEqual({ state: "dead", run: "r-0123456789", pid: 1 });
  expect((await cli(dir, ["sidecar", "exec", "1"], { env: on, expectExit: 1 })).stderr).toContain("ended without a word (process 1); its variables are gone");
  expect(readdirSync(folder)).toEqual([]);
  put();
  expect((await cli(dir, ["sidecar", "stop", "--json"])).json()).toEqual({ how: "swept", run: "r-0123456789" });
  expect(readdirSync(folder)).toEqual([]);
});
