import { describe, expect, it } from "vitest";
import { scanJavaScript } from "../../src/scan/oxlint.ts";
import { scanPython } from "../../src/scan/ruff.ts";
import { scanSecrets } from "../../src/scan/secrets.ts";
import type { ScanFile } from "../../src/scan/source.ts";

const offline = { networked: false };

function fileOf(path: string, ...lines: string[]): ScanFile {
  return { file: `skills/x/${path}`, path, text: lines.join("\n") };
}

function brief(findings: readonly { level: string; rule: string; line?: number | undefined; column?: number | undefined }[]): string[] {
  return findings.map(({ level, rule, line, column }) => `${level} ${rule.replace("scan/", "")} ${line}:${column}`);
}

describe("scanPython", () => {
  it.each([
    ["eval(x)", "error ruff-S307 2:1"],
    ["exec(x)", "error ruff-S102 2:1"],
    ["import subprocess\nsubprocess.run(x, shell=True)", "error ruff-S602 3:1"],
    ["import os\nos.system(x)", "error ruff-S605 3:1"],
    ["import pickle\npickle.loads(x)", "error ruff-S301 3:1"],
    ["import marshal\nmarshal.loads(x)", "error ruff-S302 3:1"],
    ["import yaml\nyaml.load(x)", "error ruff-S506 3:1"],
    ["import requests\nrequests.get(x)", "warning ruff-S113 3:1"],
    ["import requests\nrequests.get(x)", "warning python-network 2:8"],
    ["import requests\nrequests.get(x, verify=False, timeout=1)", "error ruff-S501 3:17"],
    ["import ctypes.util\nctypes.util.find_library('c')", "warning python-native 2:8"],
    ["import subprocess\nsubprocess.run(['ls'])", "note ruff-S607 3:16"],
    ["def f(:\n", "error python-syntax 2:7"],
    ["print(undefined_name)", "error ruff-F821 2:7"],
    ["import json", "warning ruff-F401 2:8"],
  ])("finds in %j: %s", (code, finding) => {
    expect(brief(scanPython([fileOf("scripts/main.py", "x = input()", code)], offline))).toContain(finding);
  });

  it("is not silenced by the code it looks at", () => {
    const code = ["# ruff: noqa", "# flake8: noqa", "# ruff: disable[S307]", "eval(input())  # noqa: S307", "# ruff:file-ignore[S]"];
    expect(brief(scanPython([fileOf("main.py", ...code)], offline))).toEqual(["error ruff-S307 4:1"]);
  });

  it("lets tests start processes and assert, and nothing more", () => {
    const code = ["import subprocess", "password = 'hunter2hunter2'", "assert subprocess.run(['ls']).returncode == 0", "eval(password)"];
    expect(brief(scanPython([fileOf("tests/test_main.py", ...code)], offline))).toEqual(["error ruff-S307 4:1"]);
  });

  it("only notes the network when hosts are declared", () => {
    expect(brief(scanPython([fileOf("main.py", "import httpx", "httpx.get('x', timeout=1)")], { networked: true }))).toEqual(["note python-network 1:8"]);
  });

  it("survives code that is nested to overflow it, and says what it did not read", () => {
    const deep = fileOf("deep.py", "(".repeat(100_000));
    const large = fileOf("large.py", "#".repeat(1024 * 1024 + 1));
    const found = scanPython([deep, large, fileOf("main.py", "eval(input())")], offline);
    expect(found.map(({ level, rule, file }) => [level, rule, file])).toEqual([
      ["warning", "scan/not-analysed", "skills/x/large.py"],
      ["error", "scan/not-analysed", "skills/x/deep.py"],
      ["error", "scan/ruff-S307", "skills/x/main.py"],
    ]);
  });

  it("counts findings of one kind after the tenth", () => {
    const found = scanPython([fileOf("main.py", ...Array.from({ length: 25 }, () => "eval(input())"))], offline);
    expect(found).toHaveLength(10);
    expect(found.at(-1)?.message).toMatch(/\(and 15 more like it\)$/);
  });

  it("leaves clean code alone", () => {
    const code = ["import json", "import sys", "", "print(json.dumps({'n': len(sys.stdin.read())}))", ""];
    expect(scanPython([fileOf("scripts/main.py", ...code), fileOf("notes.md", "eval(")], offline)).toEqual([]);
  });
});

describe("scanJavaScript", () => {
  it("finds running of texts, syntax errors and telling imports, whatever comments or configuration say", async () => {
    const code = [
      "/* eslint-disable */",
      "/* oxlint-disable no-eval */",
      "eval('1'); // oxlint-disable-line",
      "new Function('a', 'return a')();",
      "setTimeout('alert(1)', 1);",
      "const { exec } = require('child_process');",
      "const vm = await import('node:vm');",
      "exec(vm, process.binding('spawn_sync'));",
      "/* global hidden */ hidden();",
      "/* eslint no-eval: 0 */",
      "fetch('x');",
    ];
    const found = await scanJavaScript(
      [
        fileOf("scripts/main.mjs", ...code),
        fileOf("b.js", "const a = ;"),
        fileOf(".oxlintrc.json", '{"rules":{"no-eval":"off"}}'),
        fileOf(".eslintignore", "*"),
      ],
      offline,
    );
    expect(brief(found).toSorted()).toEqual([
      "error javascript-native 8:10",
      "error javascript-syntax 1:11",
      "error oxlint-no-eval 3:1",
      "error oxlint-no-implied-eval 5:1",
      "error oxlint-no-new-func 4:5",
      "note javascript-process 6:18",
      "warning javascript-evaluator 7:18",
      "warning javascript-network 11:1",
      "warning oxlint-no-undef 9:21",
    ]);
    expect(found.find((finding) => finding.rule === "scan/javascript-syntax")?.file).toBe("skills/x/b.js");
  });

  it("leaves clean code and other files alone", async () => {
    const code = [
      'import { readFileSync } from "node:fs";',
      'const input = JSON.parse(readFileSync(0, "utf8"));',
      "process.stdout.write(JSON.stringify({ hello: input.name }));",
      "",
    ];
    expect(await scanJavaScript([fileOf("scripts/main.mjs", ...code), fileOf("a.py", "eval(")], offline)).toEqual([]);
    expect(await scanJavaScript([fileOf("a.py", "eval(")], offline)).toEqual([]);
  });
});

describe("scanSecrets", () => {
  // Put together here, so that this file holds none.
  const random = "Zx9qLm2Rt7Vw4Kp8Yb3Nc6Hd1Gf5Js0Aqw8Er";
  const samples: [rule: string, line: string, column: number][] = [
    ["secret-anthropic", `key = "sk-ant-${"api03"}-${random}"`, 8],
    ["secret-openai", `key = "sk-${"proj"}-${random}"`, 8],
    ["secret-aws", `id = "${"AKIA"}Q3EGRTZ2WXYB77LM"`, 7],
    ["secret-aws-secret", `aws_secret_access_key = ${random.slice(0, 20)}/${random.slice(0, 19)}`, 25],
    ["secret-github", `t = "${"ghp"}_${random}" # secretlint-disable-line`, 6],
    ["secret-exchange-key", `BINANCE_API_SECRET = "${random}"`, 23],
    ["secret-exchange-key", `"api_key": "${random}"`, 13],
    ["secret-wallet-key", `private_key = "0x${"4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"}"`, 16],
    ["secret-private-key", `-----BEGIN EC ${"PRIVATE"} KEY-----`, 1],
    ["secret-database-connection-string", `db = "postgres://user:${"h7Yt5Rw2"}@db.internal:5432/x"`, 7],
    ["secret-slack", `"${"xoxb"}-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"`, 2],
  ];

  it.each(samples)("finds %s", async (rule, line, column) => {
    const found = await scanSecrets([fileOf("config.txt", "first", line)]);
    expect(brief(found)).toEqual([`error ${rule} 2:${column}`]);
    const words = JSON.stringify(found);
    expect(words).not.toContain(random.slice(0, 12));
    expect(words).not.toContain("h7Yt5Rw2");
  });

  it("leaves placeholders and ordinary text alone", async () => {
    const text = [
      "api_key = 'YOUR_API_KEY_GOES_RIGHT_HERE'",
      "AKIAIOSFODNN7EXAMPLE",
      "sk-learn-is-a-python-library-for-machine-learning",
      "sha256:4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
    ];
    expect(await scanSecrets([fileOf("README.md", ...text)])).toEqual([]);
  });
});
