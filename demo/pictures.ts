import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { layIn, objective } from "./agent.ts";
import { improveFlags, layInFault, question, throwAwayKeys } from "./improve.ts";

/** Draws the README's pictures anew from what agentctl says and makes: `node demo/pictures.ts`, with Chromium on the machine. */
const here = dirname(fileURLToPath(import.meta.url));
const cli = join(dirname(here), "bin", "run.js");
const folder = mkdtempSync(join(tmpdir(), "agentctl-pictures-"));
const pictures = join(here, "pictures");
const home = mkdtempSync(join(tmpdir(), "agentctl-pictures-home-"));
// Whoever draws them is not in them.
writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = you\n\temail = you@example.org\n");
const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: undefined, FORCE_COLOR: "1", AGENTCTL_STATE_DIR: undefined };

/** What a person sees in a terminal: stdout and stderr as they come. */
function typed(...args: string[]): string {
  const { stdout } = spawnSync("sh", ["-c", `exec "$0" "$@" 2>&1`, process.execPath, cli, ...args], { cwd: folder, env, encoding: "utf8" });
  return stdout;
}

function git(...args: string[]): void {
  spawnSync("git", ["-c", "user.name=demo", "-c", "user.email=demo@localhost", ...args], { cwd: folder, stdio: "ignore" });
}

const colours: Record<string, string> = { "1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "36": "cyan", "90": "dim" };
const escape = String.fromCharCode(27);

/** Text with a terminal's colours as HTML. */
function drawn(text: string): string {
  // The picture's font has no hand.
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("✋", "◆");
  let open = 0;
  const html = safe.replaceAll(new RegExp(`${escape}\\[(\\d+)m`, "g"), (_all, code: string) => {
    const style = colours[code];
    if (style === undefined) return open-- > 0 ? "</span>" : "";
    open++;
    return `<span class="${style}">`;
  });
  return html + "</span>".repeat(Math.max(0, open));
}

function terminal(lines: readonly string[]): string {
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 20px; background: #f4f3f0; } pre { display: inline-block; margin: 0; max-width: 1340px; white-space: pre-wrap; padding: 22px 26px; border-radius: 12px; background: #16191d; color: #d9d6cf;
      font: 14px/1.6 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    .bold { font-weight: 600; } .dim { color: #8b929b; } .red { color: #f08a83; } .green { color: #57c992; } .yellow { color: #dcae52; } .cyan { color: #6fc3d6; }
  </style><pre>${lines.join("\n")}</pre>`;
}

const prompt = (words: string): string => `<span class="cyan">$</span> <span class="bold">agentctl ${words}</span>`;

git("init", "--quiet", "-b", "main");
typed("init");
git("add", "-A");
git("commit", "--quiet", "-m", "agentctl workspace");
const run = typed("backtest", "run", "sma-cross");
const sweep = typed("experiment", "run", "bad-overfit");
const gate = typed("strategy", "gate", "bad-overfit");
const report = join(folder, "report.html");
const id = /\bbt-[a-z0-9]+/.exec(run)?.[0] ?? "";
typed("backtest", "report", id, "--out", report);
layIn(folder);
git("add", "-A");
git("commit", "--quiet", "-m", "an order skill, and a policy that looks at proposals first");
const agent = typed("run", "start", objective, "--agent", "quant", "--model", "cassette/quant");
const approval = /\ba-[0-9a-z]{10}\b/.exec(agent)?.[0] ?? "";
const asked = typed("approval", "show", approval);
const root = /\br-[0-9a-z]{10}\b/.exec(agent)?.[0] ?? "";
typed("approval", "approve", approval, "--yes");
const resumed = typed("run", "resume", root);
const replayed = typed("run", "replay", root);
const whole = join(folder, "run.html");
typed("run", "show", root, "--html", "--out", whole);

const keys = throwAwayKeys();
layInFault(folder, keys);
git("add", "-A");
git("commit", "--quiet", "-m", "a skill with a fault, and who may sign");
typed("run", "start", question);
const improved = typed("improve", ...improveFlags(env));
const change = /\bp-[0-9a-z]{10}\b/.exec(improved)?.[0] ?? "";
const gated = typed("proposal", "gate", change);
const early = typed("proposal", "land", change);
const signed = typed("proposal", "approve", change, "--key", keys.ada, "--yes");
const landed = typed("proposal", "land", change);
const back = typed("proposal", "rollback", change, "--reason", "to show that it goes back", "--key", keys.bob, "--yes");

mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env["AGENTCTL_BROWSER"] || "/usr/bin/chromium", args: ["--no-sandbox"] });
const screen = await browser.newPage({ viewport: { width: 1500, height: 900 }, deviceScaleFactor: 1 });
await screen.setContent(
  terminal([
    prompt("backtest run sma-cross"),
    drawn(run),
    prompt("experiment run bad-overfit"),
    drawn(sweep),
    prompt("strategy gate bad-overfit"),
    drawn(gate),
  ]),
);
await screen.locator("pre").screenshot({ path: join(pictures, "gate.png") });
await screen.setContent(
  terminal([
    prompt('run start "How deep was the worst drawdown …" --agent quant'),
    drawn(agent),
    prompt(`approval show ${approval}`),
    drawn(asked),
    prompt(`run resume ${root}`),
    drawn(resumed),
    prompt(`run replay ${root}`),
    drawn(replayed),
  ]),
);
await screen.locator("pre").screenshot({ path: join(pictures, "agent.png") });
await screen.setContent(
  terminal([
    prompt("improve"),
    drawn(improved),
    prompt(`proposal gate ${change}`),
    drawn(gated),
    prompt(`proposal land ${change}`),
    drawn(early),
    prompt(`proposal approve ${change} --key ada`),
    drawn(signed),
    prompt(`proposal land ${change}`),
    drawn(landed),
    prompt(`proposal rollback ${change} --key bob`),
    drawn(back),
  ]),
);
await screen.locator("pre").screenshot({ path: join(pictures, "change.png") });
const page = await browser.newPage({ viewport: { width: 1120, height: 1090 }, deviceScaleFactor: 1 });
await page.goto(pathToFileURL(report).href);
await page.screenshot({ path: join(pictures, "report.png") });
await page.setViewportSize({ width: 1120, height: 1480 });
await page.goto(pathToFileURL(whole).href);
await page.screenshot({ path: join(pictures, "run.png") });
await browser.close();
for (const place of [folder, home, dirname(keys.ada)]) rmSync(place, { recursive: true, force: true });
