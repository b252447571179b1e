import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseWords, unknownCommandWords } from "../../src/cli/usage-words.ts";
import { cli } from "../support/cli.ts";
import { folder, workspace } from "../support/workspace.ts";

const known = ["audit:verify", "config:show", "halt", "halt:release", "policy", "policy:show", "policy:test", "query", "skill", "skill:run"];

test.each([
  ["polcy", 'there is no command "polcy"', 'did you mean "policy"?  agentctl policy --help'],
  ["zebra", 'there is no command "zebra"', "agentctl --help"],
  ["policy:shw", 'there is no command "policy shw"', 'did you mean "policy show"?  agentctl policy show --help'],
  ["policy:zebra", 'there is no command "policy zebra"', "agentctl policy --help"],
  ["audit:verfy", 'there is no command "audit verfy"', 'did you mean "audit verify"?  agentctl audit verify --help'],
  ["policy:test:extra", "unexpected argument: extra", "agentctl policy test --help"],
  ["--bogus", "there is no flag --bogus", "agentctl --help"],
])("what is no command is named with the nearest that is: %s", (id, message, hint) => {
  expect(unknownCommandWords(id, known)).toEqual({ message, hint });
});

test.each([
  ["Nonexistent flag: --profil\nSee more help with --help", "there is no flag --profil", "did you mean --profile?  agentctl init --help"],
  ["Nonexistent flag: --zebra\nSee more help with --help", "there is no flag --zebra", "agentctl init --help"],
  [
    "The following error occurred:\n  \u001b[2mMissing required flag reason\u001b[22m\nSee more help with --help",
    "the flag --reason is missing",
    "agentctl init --help",
  ],
  ["Missing 1 required arg:\nname  the skill\nSee more help with --help", "the argument NAME is missing: the skill", "agentctl init --help"],
  [
    "Parsing --limit \n\tExpected an integer but received: zero\nSee more help with --help",
    "--limit: expected an integer but received: zero",
    "agentctl init --help",
  ],
  ["Unexpected argument: b\nSee more help with --help", "unexpected argument: b", "agentctl init --help"],
])("what cannot be parsed is said in one line, with the help of that very command: %j", (text, message, hint) => {
  expect(parseWords(text, { words: "init", flags: ["profile"] })).toEqual({ message, hint });
});

test("a mistyped command, subcommand and flag end with 2 and the way to the right one", async () => {
  const dir = folder();
  const command = await cli(dir, ["polcy"], { expectExit: 2 });
  expect(command.stderr).toBe('error  there is no command "polcy"\nmend   did you mean "policy"?  agentctl policy --help\n');
  const below = await cli(dir, ["skill", "runn", "--json"], { expectExit: 2 });
  expect(below.json()).toEqual({
    error: { code: "cli/usage", message: 'there is no command "skill runn"', hint: 'did you mean "skill run"?  agentctl skill run --help' },
  });
  const flag = await cli(dir, ["run", "--limt", "3"], { expectExit: 2 });
  expect(flag.stderr).toBe("error  there is no flag --limt\nmend   did you mean --limit?  agentctl run --help\n");
  expect(command.stdout + flag.stdout).toBe("");
});

describe("asked at a terminal", () => {
  const entry = fileURLToPath(new URL("../../bin/dev.js", import.meta.url));
  // A terminal of its own: types the keys when the question stands, prints what came, ends as the command did.
  const terminal = `
import os, pty, sys
keys = sys.argv[1].encode()
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
seen, typed = b"", False
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    seen += data
    if b"[y/N]" in seen and not typed: os.write(fd, keys); typed = True
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)`;

  test.each([
    ["Ctrl-C", "\u0003", 130, "interrupted", true],
    ["Ctrl-D", "\u0004", 1, "declined; nothing was changed", true],
    ["no", "n\r", 1, "declined; nothing was changed", true],
    ["yes", "y\r", 0, "released", false],
  ])("%s is an answer, and no fault of agentctl", async (_what, keys, exit, words, halted) => {
    const { dir } = workspace({ "agentctl.yaml": "" });
    await cli(dir, ["halt"]);
    const child = spawn("python3", ["-c", terminal, keys, process.execPath, entry, "halt", "release", "--reason", "drill"], { cwd: dir });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    expect(await new Promise((done) => child.once("close", done))).toBe(exit);
    expect(shown).toContain(words);
    expect(shown).not.toContain("fault of agentctl");
    await cli(dir, ["halt", "status"], { expectExit: halted ? 9 : 0 });
  });
});
