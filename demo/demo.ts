import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { paint } from "../src/cli/paint.ts";
import { isLive, layIn, modelFlags, objective } from "./agent.ts";
import { improveFlags, layInFault, question, throwAwayKeys } from "./improve.ts";

/**
 * The main job, told as a story in a new repository. Everything shown is computed while it is shown; a step that ends otherwise
 * than it should ends the demo with exit 1. The repository is kept, so that one can go on from there.
 */
const here = dirname(fileURLToPath(import.meta.url));
const cli = join(dirname(here), "bin", "run.js");
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "agentctl-demo-"));

function tell(text: string): void {
  process.stderr.write(`\n${paint("bold", text)}\n`);
}

function step(program: string, args: readonly string[], expected: number | undefined, shown: string): void {
  process.stderr.write(`${paint("cyan", `$ ${shown}`)}\n`);
  const { status } = spawnSync(program, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  if (expected !== 0) process.stderr.write(`${paint("dim", `exit ${status}`)}\n`);
  if (status === expected || expected === undefined) return;
  process.stderr.write(`demo: that should have ended with exit ${expected}, not ${status}\n`);
  process.exit(1);
}

const quoted = (arg: string): string => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`);
const agentctl = (expected: number | undefined, ...args: string[]): void =>
  step(process.execPath, [cli, ...args], expected, ["agentctl", ...args.map(quoted)].join(" "));
/** What a command answers, for the next one; nothing of it is shown. */
const answer = (...args: string[]): unknown =>
  JSON.parse(spawnSync(process.execPath, [cli, ...args, "--json"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).stdout);
const commit = (message: string): void => {
  step("git", ["add", "-A"], 0, "git add -A");
  const identity = ["-c", "user.name=demo", "-c", "user.email=demo@localhost"];
  step("git", [...identity, "commit", "--quiet", "-m", message], 0, `git commit -m '${message}'`);
};

tell(`A new workspace in ${folder}`);
agentctl(0, "init");
commit("agentctl workspace");

tell("A shipped skill, allowed by policy, in a container without network");
agentctl(0, "skill", "run", "market-stats");

tell("A skill from elsewhere arrives in quarantine: policy denies it");
agentctl(0, "skill", "add", join(here, "portfolio-helper"));
commit("add portfolio-helper, untrusted");
agentctl(3, "skill", "run", "portfolio-helper");

tell("A person trusts it, wrongly. It tries the network, the host's files and a fork bomb, and the container holds");
agentctl(0, "skill", "trust", "portfolio-helper", "--yes", "--reason", "demo: trusted by mistake");
commit("trust portfolio-helper");
agentctl(0, "skill", "run", "portfolio-helper");

tell("An agent at autonomy level 2 asks for a shell: denied, by a rule that one can look up");
agentctl(3, "policy", "check", "--action", "tool.call", "--class", "W", "--tool", "shell", "--agent", "quant", "--level", "2");

tell("A strategy over twenty years of the S&P 500: every order, fee and figure on record");
agentctl(0, "backtest", "run", "sma-cross");

tell("A sweep finds a better pair of averages. Every trial counts");
agentctl(0, "experiment", "run", "bad-overfit");

tell("The gate knows how many were tried, and refuses the winner");
agentctl(6, "strategy", "gate", "bad-overfit");

tell("Rebuilt from the record: the same orders, bit for bit");
const [newest] = answer("backtest", "--strategy", "sma-cross", "--limit", "1") as { backtest: string }[];
const backtest = newest?.backtest ?? "";
agentctl(0, "backtest", "reproduce", backtest);
agentctl(0, "backtest", "report", backtest);

const live = isLive(process.env);
tell(`An agent works on an objective${live ? ", on a live model" : "; its model's words were recorded once, everything else is real"}`);
layIn(folder);
commit("an order skill, and a policy that looks at what quant proposes first");
// What a live model does nobody can say beforehand; what it may do is the same.
agentctl(live ? undefined : 8, "run", "start", objective, "--agent", "quant", ...modelFlags(process.env));
const [run] = answer("run", "--limit", "1") as { run: string }[];
for (const { approval } of answer("approval") as { approval: string }[]) {
  tell("It waits for a person, who sees exactly what it wants to do, and says yes");
  agentctl(0, "approval", "show", approval);
  agentctl(0, "approval", "approve", approval, "--note", "a note is welcome", "--yes");
  agentctl(live ? undefined : 0, "run", "resume", run?.run ?? "");
}

tell("Once more from the record: offline, at no cost, the same decisions");
agentctl(0, "run", "replay", run?.run ?? "");
agentctl(0, "query", "select tool, class, outcome, duration_ms from tool_calls order by started");

tell("Who allowed what, asked in SQL");
agentctl(0, "query", "select action, effect, rules, count(*) n from decisions group by all order by n desc, rules");
agentctl(0, "query", "select skill, version, trust, outcome, oom_killed, duration_ms from skill_runs order by started");

tell("A skill with a fault, and two people whose signature counts. The question goes to the skill, and fails");
const keys = throwAwayKeys();
layInFault(folder, keys);
commit("a skill, and the keys of ada and bob");
agentctl(1, "run", "start", question);

tell("What could be better? The record knows, and an agent drafts the change: a branch, made without touching what is checked out");
agentctl(live ? undefined : 0, "improve", ...improveFlags(process.env));
const { proposals } = answer("proposal") as { proposals: { proposal: string }[] };
const proposal = proposals[0]?.proposal ?? "";
agentctl(live ? undefined : 0, "proposal", "show", proposal);

tell("The gates look at the exact commit, in containers; what judges comes from the protected branch");
agentctl(live ? undefined : 0, "proposal", "gate", proposal);
tell("Nothing lands by itself");
agentctl(live ? undefined : 8, "proposal", "land", proposal);

tell("A person signs this change, on this base, with these results of the gates; and it lands, exactly so");
agentctl(live ? undefined : 0, "proposal", "approve", proposal, "--key", keys.ada, "--yes", "--note", "the test shows it");
agentctl(live ? undefined : 0, "proposal", "land", proposal);
agentctl(live ? undefined : 0, "proposal", "verify", proposal);

tell("The same question");
agentctl(live ? undefined : 0, "run", "start", question);

tell("And back: a rollback is a new commit, under the approval that its class needs");
agentctl(live ? undefined : 0, "proposal", "rollback", proposal, "--key", keys.bob, "--yes", "--reason", "to show that it goes back");
step("git", ["log", "--graph", "--oneline", "-n", "8"], 0, "git log --graph --oneline -n 8");
tell("Nobody has touched the record");
agentctl(0, "audit", "verify");

tell("All of the agent's run as one page, to be looked at: it loads nothing and runs nothing");
agentctl(0, "run", "show", run?.run ?? "", "--html");
process.stderr.write(`\nthe repository stays in ${folder}\nthe page  ${join(folder, `${run?.run ?? ""}.html`)}\n`);
