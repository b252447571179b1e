import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox, SandboxResult } from "../../src/operations/sandbox.ts";
import { removeScratch } from "../../src/operations/open-sandbox.ts";
import { describeReal } from "../support/engine.ts";
import { never, sandboxWorkspace, type SandboxWorkspace } from "../support/sandbox.ts";

let place: SandboxWorkspace;
let sandbox: Sandbox;

const files = { "src/a.txt": "committed\n", ".env": "TOKEN=canary\n", "deploy/server.pem": "key\n", "docs/.env": "x\n", "bin/run.sh": "echo ran\n" };

beforeAll(async () => {
  place = await sandboxWorkspace(files);
  place.write({ "src/a.txt": "edited on disk\n", "src/new.txt": "not committed\n" });
  sandbox = await place.open("r-main");
});
afterAll(() => place.clean());

const shell = (command: string, on = sandbox, more: object = {}): Promise<SandboxResult> =>
  on.run({ runner: "shell", command: ["bash", "-c", command], cwd: "/workspace/scratch", writes: true, ...more }, never);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const said = async (command: string, on = sandbox): Promise<string> => {
  const result = await shell(command, on);
  return text(result.stdout) + text(result.stderr);
};

describeReal("a sandbox", () => {
  test("shows the commit and not the disk, without secrets, and says what it leaves out", async () => {
    expect(await said("cat ../src/a.txt; ls -A .. ../src ../docs; ls ..")).not.toMatch(/edited|new\.txt|\.env|pem/);
    expect(await said("cat ../src/a.txt; bash ../bin/run.sh")).toBe("committed\nran\n");
    expect(sandbox.view.leftOut.map(({ path }) => path).toSorted()).toEqual([".env", "deploy/server.pem", "docs/.env"]);
    expect(sandbox.view.leftOut[0]?.why).toBe("policy: baseline/secrets-are-not-read");
    expect(await said("touch ../x; echo x >> ../src/a.txt; rm -rf ../src; mv ../src ../y; cat ../src/a.txt")).toMatch(/^committed$/m);
  });

  test("keeps what is written, says what changed, and finds it again when it is opened again", async () => {
    const made = await shell("mkdir -p out && echo one > out/a.txt && echo two > b.txt && head -c 5000000 /dev/zero > large");
    expect(made.outcome).toBe("ok");
    expect(made.changes).toEqual([
      { path: "scratch/b.txt", bytes: 4, sha256: "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a" },
      { path: "scratch/large", bytes: 5_000_000 },
      { path: "scratch/out/a.txt", bytes: 4, sha256: expect.any(String) as string },
    ]);
    expect((await shell("cat b.txt out/a.txt")).changes).toEqual([]);
    const changed = await shell("echo three > b.txt; rm out/a.txt; touch -d 2020-01-01 large");
    expect(changed.changes.map(({ path, removed }) => [path, removed === true])).toEqual([
      ["scratch/b.txt", false],
      ["scratch/large", false],
      ["scratch/out/a.txt", true],
    ]);
    const again = await place.open("r-main");
    expect(again.volume).toBe(sandbox.volume);
    expect((await shell("cat b.txt", again)).changes).toEqual([]);
    expect((await shell("echo four > b.txt", again)).changes.map(({ path }) => path)).toEqual(["scratch/b.txt"]);
    // Another process wrote meanwhile: whoever reports next names it.
    expect((await shell("rm large")).changes.map(({ path }) => path)).toEqual(["scratch/b.txt", "scratch/large"]);
  });

  test("another run has a scratch of its own; both see the same view", async () => {
    const other = await place.open("r-other", {
      files: [
        { name: "prices/day.csv", data: "a,b\n1,2\n" },
        { name: "notes.md", path: `${place.dir}/src/a.txt` },
      ],
    });
    expect(other.volume).not.toBe(sandbox.volume);
    expect(other.view.digest).toBe(sandbox.view.digest);
    expect(await said("cat input/prices/day.csv input/notes.md; ls; touch input/x && echo may", other)).toBe("a,b\n1,2\nedited on disk\ninput\nmay\n");
    await expect(place.open("r-third", { files: [{ name: "../x", data: "" }] })).rejects.toMatchObject({ code: "sandbox/bad-file-name" });
    await expect(place.open("../x")).rejects.toMatchObject({ code: "sandbox/bad-run" });
  });

  test("follows the commit: the next one is another view", async () => {
    place.write({ "src/later.txt": "later\n" });
    place.git("add", "src/later.txt");
    place.git("commit", "-q", "-m", "later");
    const later = await place.open("r-later");
    expect(later.view.digest).not.toBe(sandbox.view.digest);
    expect(await said("cat ../src/later.txt", later)).toBe("later\n");
    expect(await said("cat ../src/later.txt")).toMatch(/No such file/);
  });

  test("lays files as a record kept them into another scratch", async () => {
    const from = await place.open("r-from");
    const first = await shell("mkdir -p a/b; echo 1 > a/b/one; echo 2 > two; head -c 6000000 /dev/urandom > big", from);
    const second = await shell("echo 11 > a/b/one; rm two; echo 3 > three", from);
    const outside = { path: "scratch/../../etc/x", sha256: "0".repeat(64) };
    const fork = await place.open("r-fork", { restore: [...first.changes, ...second.changes, outside] });
    expect(fork.missing.toSorted()).toEqual(["scratch/../../etc/x", "scratch/big"]);
    expect(await said("cat a/b/one three; find . -type f | sort | tr '\\n' ' '", fork)).toBe("11\n3\n./a/b/one ./three ");
    const { authority, stateDir } = place;
    expect(await removeScratch({ authority, env: process.env, stateDir, run: "r-fork" })).toBe(true);
    expect(await said("ls -A; ls input", await place.open("r-fork"))).toBe("input\n");
  });

  test("five at once, in one scratch and in several, do not disturb each other", async () => {
    const several = await Promise.all([1, 2, 3].map((n) => place.open(`r-many-${n}`)));
    const all = await Promise.all([
      ...several.map((one, n) => shell(`echo ${n} > mine; cat mine`, one)),
      ...[8, 9].map((n) => shell(`echo ${n} > shared-${n}; cat shared-${n}`, several[0])),
    ]);
    expect(all.map(({ stdout }) => text(stdout))).toEqual(["0\n", "1\n", "2\n", "8\n", "9\n"]);
    expect(all.map(({ changes }) => changes.map(({ path }) => path))).toEqual([
      ["scratch/mine"],
      ["scratch/mine"],
      ["scratch/mine"],
      ["scratch/shared-8"],
      ["scratch/shared-9"],
    ]);
  });

  test("an aborted job ends at once, and what it left is seen by the next", async () => {
    const stop = new AbortController();
    const aborted = await place.open("r-aborted");
    const running = aborted.run(
      { runner: "shell", command: ["bash", "-c", "echo half > half; sleep 60"], cwd: "/workspace/scratch", writes: true },
      stop.signal,
    );
    setTimeout(() => stop.abort(new Error("halt")), 2000);
    await expect(running).rejects.toThrow("halt");
    expect(await said("cat half", aborted)).toBe("half\n");
  });
});
