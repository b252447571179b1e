import type { ExitName } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { SidecarStatus } from "../operations/ask-sidecar.ts";
import type { SidecarCell } from "../operations/sidecar-cells.ts";
import { paint } from "./paint.ts";

interface Line {
  stream: "data" | "words";
  line: string;
}

/** What a cell said, for people: output and values as data, notices, stderr and errors as words. All of it comes out of the container. */
export function cellLines({ outcome, stdout, stderr, result, error, displays, artifacts, notices, truncated }: SidecarCell): Line[] {
  const shown = displays.filter(({ mime }) => mime === "text/plain" || mime === "application/json").map(({ data }) => data);
  const data = [stdout, ...shown, result ?? ""].filter((text) => text !== "").flatMap((text) => text.replace(/\n$/, "").split("\n"));
  return [
    ...notices.map((notice) => words(`${paint("yellow", "notice")}     ${safeText(notice, { oneLine: true })}`)),
    ...data.map((line) => ({ stream: "data" as const, line })),
    ...artifacts.map(({ file }) => ({ stream: "data" as const, line: file })),
    ...(stderr === "" ? [] : linesOf(stderr).map(words)),
    ...(error === undefined ? [] : linesOf(error.traceback || `${error.name}: ${error.value}`).map(words)),
    ...(truncated ? [words("cut        it printed more than sidecar.outputBytes")] : []),
    ...(outcome === "ok" || outcome === "error" ? [] : [words(`${paint("red", outcome)}    ${ended[outcome]}`)]),
  ];
}

/** How the process ends after it. */
export function cellEnd({ outcome }: SidecarCell): ExitName {
  return ends[outcome];
}

/** How a sidecar stands, for people. */
export function statusLines(status: SidecarStatus): Line[] {
  if (status.state === "running") {
    const { run, pid, started, container, busy, cells } = status;
    const kernel = container === undefined ? "no kernel: the next cell starts one" : `kernel ${container.slice(0, 12)}`;
    return [
      { stream: "data", line: `running  ${run}  since ${started}  process ${pid}  ${kernel}  cells ${cells}  ${busy > 0 ? `busy with ${busy}` : "idle"}` },
    ];
  }
  if (status.state === "dead") {
    return [
      { stream: "data", line: `dead  ${status.run}` },
      words(`its process ${status.pid} ended without a word, and its variables with it     agentctl sidecar start`),
    ];
  }
  const mend = status.state === "off" ? "set sidecar: { mode: on } in agentctl.yaml and commit it" : "agentctl sidecar start";
  return [{ stream: "data", line: status.state }, words(mend)];
}

const ended = {
  timeout: "it took too long and was stopped",
  interrupted: "it was interrupted",
  died: "its kernel died",
} as const;

const ends: Readonly<Record<SidecarCell["outcome"], ExitName>> = {
  ok: "done",
  error: "failed",
  timeout: "timeout",
  interrupted: "interrupted",
  died: "failed",
};

function words(line: string): Line {
  return { stream: "words", line };
}

function linesOf(text: string): string[] {
  return safeText(text.replace(/\n$/, "")).split("\n");
}
