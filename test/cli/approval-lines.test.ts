import { describe, expect, test } from "vitest";
import { approvalLines, approvalRows, consequenceLines, grantWords, timeLeft } from "../../src/cli/approval-lines.ts";
import type { ShownApproval } from "../../src/operations/show-approval.ts";
import { commit, decided, toHost } from "../support/approvals.ts";

const shown: ShownApproval = {
  approval: "a-1",
  run: "r-1",
  key: "s1.2.1",
  kind: "action",
  effect: "approve",
  class: "R",
  agent: "quant",
  digest: "a".repeat(64),
  modelMayCount: false,
  state: "open",
  asked: "2026-11-28T12:00:00.000Z",
  expires: "2026-11-29T12:00:00.000Z",
  expiresInMs: 86_000_000,
  rules: [{ rule: "autonomy/asks", reason: "quant wants it", file: "policies/autonomy/policy.yaml", line: 7 }],
  policy: commit,
  today: "approve",
  votes: [],
  needs: "a person",
  action: { tool: "web_fetch", args: { url: "https://data.example.org/x" }, decisions: [toHost], masked: false },
  offers: [{ scope: "host", grants: [{ agent: "quant", action: "net.connect", scope: { class: "R", host: "data.example.org", port: 443 } }] }],
};
const withArgs = (args: unknown): ShownApproval => ({ ...shown, action: { ...shown.action, args } });
const mark = "agent│ ";

describe("one approval", () => {
  test("what is certain first, then what the agent chose, then what an answer does", () => {
    expect([...approvalLines(shown), ...consequenceLines(shown)]).toEqual([
      "approval a-1  open: needs a person",
      "run      r-1  call s1.2.1     agentctl run show r-1",
      "agent    quant",
      "asks     may this be done  effect approve  class R",
      "rule     autonomy/asks     policies/autonomy/policy.yaml:7 at cccccccccc",
      "expires  2026-11-29T12:00:00.000Z, in 23 h; then the answer is no",
      `digest   sha256:${"a".repeat(64)}`,
      "",
      "Every line marked agent│ was written or chosen by the agent:",
      "agent│ tool  web_fetch",
      'agent│ url: "https://data.example.org/x"',
      "agent│ asked net.connect (class R)  data.example.org  443",
      "agent│ why   quant wants it",
      "",
      "approve  this exact call is done once     agentctl approval approve a-1",
      "deny     the agent is told no     agentctl approval deny a-1",
      "grant    --until 7d --scope host     quant: net.connect of class R, host data.example.org:443",
    ]);
  });

  test("nothing of the agent's acts on the terminal, or stands without its mark", () => {
    const evil = "\u001b[2J\u202eevil\u200b\r\napproval a-1  approved by ada\n\u2028digest   sha256:0000\u0007";
    const hostile: ShownApproval = {
      ...withArgs({ [`na\nme${evil}`]: evil, list: [evil], deep: { [evil]: evil }, number: 1, nothing: null }),
      kind: "question",
      agent: `quant\nagent    ada`,
      rules: [{ rule: "autonomy/asks", reason: evil }],
      votes: [{ who: "ada", how: "signed", fingerprint: "SHA256:x", vote: "approve", note: evil, at: "t", run: "r-2" }],
    };
    hostile.action = { ...hostile.action, tool: evil, question: evil, decisions: [decided("approve", { action: "file.read", path: evil, host: evil })] };
    const lines = approvalLines(hostile);
    const all = lines.join("\n");
    // oxlint would read the escapes themselves as control characters in a pattern.
    expect([...all].filter((character) => (character < " " && character !== "\n") || "\u202e\u200b\u2028\u001b\u0007".includes(character))).toEqual([]);
    const from = lines.findIndex((line) => line.startsWith("Every line marked"));
    const certain = lines.slice(0, from);
    expect(certain.map((line) => line.split(" ")[0])).toEqual(["approval", "run", "agent", "asks", "rule", "expires", "digest", "vote", ""]);
    expect(lines.slice(from + 1, -1).filter((line) => !line.startsWith(mark))).toEqual([]);
    expect(all).toContain("«U+202E»");
  });

  test("a long line is marked again before the terminal wraps it, wide characters counted", () => {
    const spaces = `${" ".repeat(93)}digest   sha256:0`;
    for (const text of [spaces, "漢".repeat(150), "x".repeat(190)]) {
      const lines = approvalLines(withArgs({ text }), { width: 80 }).filter((line) => line.startsWith(mark));
      expect(lines.every((line) => [...line].reduce((cells, character) => cells + (character >= "\u1100" && character !== "│" ? 2 : 1), 0) <= 80)).toBe(true);
    }
  });

  test("a terminal that does not tell its width has the usual one", () => {
    expect(approvalLines(shown, { width: 0 })).toEqual(approvalLines(shown));
  });

  test("of a long text the beginning, with the digest of the whole, and all of it when asked", () => {
    const text = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
    const short = approvalLines(withArgs({ content: text }));
    expect(
      short.some((line) => /^agent│ content: \(100 lines, \d+ bytes, sha256:[0-9a-f]{64}\)$/.test(line) || line.startsWith("agent│ content: (100 lines")),
    ).toBe(true);
    expect(short).toContain("agent│ + line 39");
    expect(short).not.toContain("agent│ + line 40");
    expect(short).toContain("agent│ … 60 more lines; --full shows all of it");
    expect(approvalLines(withArgs({ content: text }), { full: true })).toContain("agent│ + line 99");
    const wide = approvalLines(withArgs({ content: "y".repeat(5000) }));
    expect(wide.join("\n").length).toBeLessThan(4000);
    expect(wide).toContain("agent│ … 0 more lines; --full shows all of it");
  });

  test("what is over offers nothing", () => {
    expect(consequenceLines({ ...shown, state: "denied" })).toEqual([]);
    expect(consequenceLines({ ...shown, kind: "question", offers: [] })[0]).toBe("approve  the note is the answer     agentctl approval approve a-1 --note …");
  });
});

test("a list has one line an approval, whatever the agent wrote", () => {
  const row = {
    approval: "a-1",
    run: "r-1",
    agent: "quant",
    kind: "question",
    effect: "approve",
    class: "R",
    state: "open" as const,
    what: `which\nmarket?\u001b[31m${"x".repeat(200)}`,
    votes: [],
    needs: "a person",
    asked: "",
    expires: "",
    expiresInMs: 90_000,
  };
  const lines = approvalRows([row, { ...row, approval: "a-2", what: "short", state: "denied", votes: ["ada"] }]);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^a-1 +quant +which«U\+000A»market\?«U\+001B»\[31mx+… +approve +R +- +needs a person +in 90 s$/);
  expect(lines[2]).toMatch(/^a-2 +quant +short +approve +R +ada +denied$/);
});

test("grants and times in words", () => {
  expect(grantWords({ agent: "quant", action: "skill.run", scope: { class: "W", skill: "s", skillDigest: "e".repeat(64) } })).toBe(
    "quant: skill.run of class W, skill s@eeeeeeeeeeee, any input",
  );
  expect(grantWords({ agent: "quant", action: "net.connect", scope: { class: "R", host: "a.b" } })).toBe("quant: net.connect of class R, host a.b, any port");
  expect([-5, 90_000, 600_000, 7_200_000, 200_000_000].map(timeLeft)).toEqual(["0 s", "90 s", "10 min", "2 h", "2 d"]);
});
