// A browser for the tests that look at pages: the one that is there, else, as root on Debian, Chromium from apt. Plain JavaScript, no dependencies.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { apt, reading, say } from "./setup-engine.js";

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** What to do about the browser. `found`: its path, or empty. */
export function browserPlan({ found, root, osRelease, ci }) {
  if (found) return { act: "use" };
  // On Ubuntu the package only calls for a snap, which does not run in most containers.
  if (root && /^ID=debian\b/m.test(osRelease)) return { act: "install" };
  return { act: ci ? "fail" : "skip", why: `no browser on the PATH (${programs.join(", ")}): install Chromium, or name one in AGENTCTL_BROWSER` };
}

/** Answers the browser's path; empty where there is none and none could be had. */
export function findBrowser(env = process.env) {
  const ci = Boolean(env.CI) && env.CI !== "false";
  const root = Boolean(process.getuid) && process.getuid() === 0;
  const plan = browserPlan({ found: onPath(env), root, osRelease: reading("/etc/os-release"), ci });
  if (plan.act === "fail") throw new Error(plan.why);
  if (plan.act === "skip") {
    say(`NO BROWSER  ${plan.why}`);
    say("NO BROWSER  goes on without: tests that look at pages are skipped");
  }
  if (plan.act === "install") {
    say("no browser for the tests that look at pages; as root, installs chromium with apt-get");
    apt("chromium");
  }
  return onPath(env);
}

function onPath(env) {
  const folders = (env.PATH || "").split(delimiter).filter(Boolean);
  const candidates = [env.AGENTCTL_BROWSER, ...programs.flatMap((program) => folders.map((folder) => join(folder, program)))];
  return candidates.find((path) => path && isProgram(path)) || "";
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
