import type { Finding } from "../base/finding.ts";

type Level = Finding["level"];

/** What ruff looks for: syntax (E9), pyflakes (F), bandit (S), likely bugs (B), pylint errors (PLE), and the imports below (TID251). */
export const selectedRules = ["E9", "F", "S", "B", "PLE", "TID251"];

/** assert is how pytest tests; chance that is not for secrets, and /tmp, are fine in a container that is thrown away. */
export const ignoredRules = ["S101", "S108", "S311"];

/** Errors: code that runs data, or takes data apart in a way that can run it. The rest of `S` warns; how processes are started is noted. */
const levels: Readonly<Record<string, Level>> = {
  S102: "error",
  S301: "error",
  S302: "error",
  S307: "error",
  S501: "error",
  S506: "error",
  S602: "error",
  S604: "error",
  S605: "error",
  S609: "error",
  F821: "error",
  S110: "note",
  S112: "note",
  S324: "note",
  S404: "note",
  S603: "note",
  S606: "note",
  S607: "note",
};

/** Level of a rule of ruff. In tests only errors count: they start the skill as a process and hold made-up passwords. */
export function pythonLevel(code: string, test: boolean): Level | undefined {
  const level = code === "invalid-syntax" || code.startsWith("E9") || code.startsWith("PLE") ? "error" : (levels[code] ?? "warning");
  return test && code.startsWith("S") && level !== "error" ? undefined : level;
}

/** Modules that reach the network or leave Python; ruff names each import of one. */
export const bannedModules: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["socket", "http.client", "urllib.request", "requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib", "paramiko", "websockets"].map(
      (module) => [module, "network"],
    ),
  ),
  ...Object.fromEntries(["ctypes", "cffi", "_ctypes"].map((module) => [module, "native"])),
};
