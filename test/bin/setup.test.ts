import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { root } from "../house/source.ts";
import { folder } from "../support/workspace.ts";

interface Setup {
  parse: (argv: string[]) => { build: boolean; images: boolean; browser: boolean; command: string[] };
  needsInstall: (root: string) => boolean;
  needsBuild: (root: string) => boolean;
  isRecentNode: (version: string) => boolean;
}
interface SetupEngine {
  enginePlan: (facts: { answer: string; dockerHost?: string; root: boolean; osRelease: string; dockerd: boolean; ci: boolean }) => {
    act: string;
    why?: string;
  };
  ping: (dockerHost?: string) => Promise<string>;
}
interface SetupBrowser {
  browserPlan: (facts: { found: string; root: boolean; osRelease: string; ci: boolean }) => { act: string; why?: string };
}
const load = async (name: string): Promise<unknown> => await import(pathToFileURL(join(root, "bin", name)).href);
const { parse, needsInstall, needsBuild, isRecentNode } = (await load("setup.js")) as Setup;
const { browserPlan } = (await load("setup-browser.js")) as SetupBrowser;
const { enginePlan, ping } = (await load("setup-engine.js")) as SetupEngine;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

test("what follows -- is the command, untouched", () => {
  expect(parse(["--build", "--images", "--", "npm", "test", "--", "--build"])).toEqual({
    build: true,
    images: true,
    browser: false,
    command: ["npm", "test", "--", "--build"],
  });
  expect(parse(["--browser"])).toEqual({ build: false, images: false, browser: true, command: [] });
  expect(() => parse(["--bild"])).toThrow("unknown option --bild");
});

test("Node 24.15 is the oldest that will do", () => {
  expect(["v24.15.0", "v24.21.0", "v25.0.0", "30.1.0"].filter(isRecentNode)).toEqual(["v24.15.0", "v24.21.0", "v25.0.0", "30.1.0"]);
  expect(["v20.20.2", "v22.22.0", "v24.14.9", ""].filter(isRecentNode)).toEqual([]);
});

test("dependencies are installed when they are missing, or for another lock file", () => {
  const dir = folder();
  const lock = join(dir, "package-lock.json");
  const record = join(dir, "node_modules", ".package-lock.json");
  writeFileSync(lock, "{}");
  expect(needsInstall(dir)).toBe(true);
  mkdirSync(join(dir, "node_modules"));
  expect(needsInstall(dir)).toBe(true);

  writeFileSync(record, "{}");
  utimesSync(lock, 1000, 1000);
  utimesSync(record, 2000, 2000);
  expect(needsInstall(dir)).toBe(false);
  utimesSync(lock, 3000, 3000);
  expect(needsInstall(dir)).toBe(true);

  const stamp = join(dir, "node_modules", ".agentctl-setup");
  writeFileSync(stamp, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(needsInstall(dir)).toBe(false);
  writeFileSync(lock, "{ }");
  expect(needsInstall(dir)).toBe(true);
});

test("the build is made again when a source changed or went", () => {
  const dir = folder();
  const sources = ["src", "commands", "bin/manifest.js", "package.json", "tsconfig.json", "tsconfig.build.json"];
  for (const path of ["src/base", "commands", "bin", "dist"]) mkdirSync(join(dir, path), { recursive: true });
  for (const path of ["bin/manifest.js", "package.json", "tsconfig.json", "tsconfig.build.json", "src/base/a.ts"]) writeFileSync(join(dir, path), "");
  const age = (at: number, ...paths: string[]): void => paths.forEach((path) => utimesSync(join(dir, path), at, at));
  age(1000, "src/base/a.ts", "src/base", ...sources);
  expect(needsBuild(dir)).toBe(true);
  writeFileSync(join(dir, "oclif.manifest.json"), "{}");
  age(2000, "oclif.manifest.json");
  expect(needsBuild(dir)).toBe(false);
  for (const path of ["src/base/a.ts", "src/base", "package.json"]) {
    age(3000, path);
    expect([path, needsBuild(dir)]).toEqual([path, true]);
    age(1000, path);
  }
  expect(needsBuild(dir)).toBe(false);
});

const fresh = { answer: "no", root: true, osRelease: 'NAME="Debian"\nID=debian\n', dockerd: false, ci: false };

test.each([
  ["an engine answers", { answer: "yes" }, "use"],
  ["an engine answers at DOCKER_HOST", { answer: "yes", dockerHost: "tcp://box:2375" }, "use"],
  ["root on Debian", {}, "install"],
  ["root on Ubuntu, in CI", { osRelease: "ID=ubuntu\nID_LIKE=debian\n", ci: true }, "install"],
  ["root on Debian with dockerd", { dockerd: true }, "start"],
  ["DOCKER_HOST does not answer: never another engine", { dockerHost: "unix:///run/other.sock" }, "skip"],
  ["DOCKER_HOST does not answer, in CI", { dockerHost: "unix:///run/other.sock", ci: true }, "fail"],
  ["somebody on Debian", { root: false }, "skip"],
  ["somebody on Debian, in CI", { root: false, ci: true }, "fail"],
  ["root on Fedora", { osRelease: "ID=fedora\n" }, "skip"],
  ["macOS", { osRelease: "", root: false }, "skip"],
  ["macOS in CI", { osRelease: "", root: false, ci: true }, "fail"],
  ["the socket may not be opened", { answer: "denied", root: false }, "skip"],
  ["the socket may not be opened, even as root", { answer: "denied" }, "skip"],
])("%s: %j gives %s", (_name, facts, act) => {
  const plan = enginePlan({ ...fresh, ...facts });
  expect(plan.act).toBe(act);
  expect(plan.why === undefined).toBe(["use", "install", "start"].includes(act));
});

const why = (facts: object): string => enginePlan({ ...fresh, ...facts }).why ?? "";

test("each refusal says what to do", () => {
  expect(why({ root: false })).toContain("sudo apt-get install docker.io");
  expect(why({ osRelease: "" })).toContain("Docker Desktop");
  expect(why({ answer: "denied" })).toContain("group docker");
  expect(why({ dockerHost: "tcp://box:2375" })).toBe("no Docker engine answers at DOCKER_HOST=tcp://box:2375");
});

test("an engine is asked over its socket: one that answers, one that is ill, none", async () => {
  const socket = join(folder(), "s");
  let status = 200;
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/_ping" ? status : 404;
    response.end("OK");
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  closing.push(() => server.close());
  expect(await ping(`unix://${socket}`)).toBe("yes");
  status = 500;
  expect(await ping(`unix://${socket}`)).toBe("no");
  expect(await ping("unix:///nowhere/s")).toBe("no");
  expect(await ping("tcp://127.0.0.1:1")).toBe("no");
  expect(await ping("ssh://box")).toBe("yes");
});

/** A checkout where everything is done, without an engine, whose Node 24 is this one. */
function checkout(): { dir: string; env: NodeJS.ProcessEnv } {
  const dir = folder();
  mkdirSync(join(dir, "bin"));
  for (const name of ["setup.js", "setup-engine.js", "setup-browser.js"]) copyFileSync(join(root, "bin", name), join(dir, "bin", name));
  writeFileSync(join(dir, "package.json"), '{"type": "module"}');
  writeFileSync(join(dir, "package-lock.json"), "{}");
  mkdirSync(join(dir, "node_modules", ".bin"), { recursive: true });
  writeFileSync(join(dir, "node_modules", ".package-lock.json"), "{}");
  symlinkSync(process.execPath, join(dir, "node_modules", ".bin", "node"));
  const env = {
    ...process.env,
    DOCKER_HOST: `unix://${join(dir, "no.sock")}`,
    TMPDIR: dir,
    CI: "",
    AGENTCTL_NO_ENGINE: undefined,
    NODE_V8_COVERAGE: undefined,
  };
  return { dir, env };
}

test("the command runs with Node 24 first on its path, and its exit code is the answer", () => {
  const { dir, env } = checkout();
  const program = "console.log(process.env.PATH.split(':')[0], process.env.AGENTCTL_NO_ENGINE, process.argv.slice(1).join()); process.exitCode = 7";
  const ended = spawnSync(process.execPath, [join(dir, "bin", "setup.js"), "--images", "--", "node", "-e", program, "a", "b"], { env, encoding: "utf8" });
  expect(ended.stdout).toBe(`${join(dir, "node_modules", ".bin")} 1 a,b\n`);
  expect(ended.stderr).toBe(
    `setup  NO ENGINE  no Docker engine answers at DOCKER_HOST=${env.DOCKER_HOST}\nsetup  NO ENGINE  goes on without: everything that needs a container is skipped\n`,
  );
  expect(ended.status).toBe(7);
});

test("in CI a missing engine is a failure, and the command does not run", () => {
  const { dir, env } = checkout();
  const ended = spawnSync(process.execPath, [join(dir, "bin", "setup.js"), "--", "node", "-e", "console.log(1)"], {
    env: { ...env, CI: "true" },
    encoding: "utf8",
  });
  expect(ended).toMatchObject({ status: 1, stdout: "", stderr: `setup  failed: no Docker engine answers at DOCKER_HOST=${env.DOCKER_HOST}\n` });
});

test("signals reach the command", async () => {
  const { dir, env } = checkout();
  const program = "process.on('SIGTERM', () => process.exit(9)); console.log('ready'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, [join(dir, "bin", "setup.js"), "--", "node", "-e", program], { env, stdio: ["ignore", "pipe", "ignore"] });
  closing.push(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGTERM");
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(9);
});

test("a second set-up waits for the first; one that died holds nobody up", async () => {
  const { dir, env } = checkout();
  const lock = join(dir, `agentctl-setup-${process.getuid?.() ?? "all"}.lock`);
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(lock, String(dead));
  expect(spawnSync(process.execPath, [join(dir, "bin", "setup.js")], { env, encoding: "utf8" }).status).toBe(0);

  writeFileSync(lock, String(process.pid));
  const child = spawn(process.execPath, [join(dir, "bin", "setup.js"), "--", "node", "-e", "console.log('ran')"], { env, stdio: ["ignore", "pipe", "pipe"] });
  closing.push(() => child.kill("SIGKILL"));
  const said = await new Promise<Buffer>((resolve) => child.stderr.once("data", resolve));
  expect(said.toString()).toBe(`setup  waits for another set-up (process ${process.pid})\n`);
  expect(child.exitCode).toBeNull();
  writeFileSync(lock, String(dead));
  const out = await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve));
  expect(out.toString()).toBe("ran\n");
});

test("a browser is used where it is, installed where that is safe, and said to be missing elsewhere", () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n';
  const ubuntu = "ID=ubuntu\nID_LIKE=debian\n";
  const act = (facts: { found?: string; root?: boolean; osRelease?: string; ci?: boolean }): string =>
    browserPlan({ found: "", root: true, osRelease: debian, ci: true, ...facts }).act;
  expect(act({ found: "/usr/bin/chromium" })).toBe("use");
  expect(act({})).toBe("install");
  expect(act({ root: false })).toBe("fail");
  expect(act({ osRelease: ubuntu })).toBe("fail");
  expect(act({ osRelease: ubuntu, ci: false })).toBe("skip");
});
