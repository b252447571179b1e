import { connect, type Socket } from "node:net";
import { AgentctlError } from "../base/errors.ts";
import { loadConfig } from "../workspace/config.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import type { SidecarState } from "./keep-sidecar.ts";
import type { SidecarCell } from "./sidecar-cells.ts";
import { readAddress, sweepAddress, type SidecarAddress } from "./sidecar-place.ts";
import { requireSidecar } from "./sidecar-settings.ts";
import { answerBytesMax, parseAnswer, readLine, type SidecarRequest } from "./sidecar-wire.ts";

export interface AskSidecarAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** `dead`: its process ended without a word, and its variables with it. */
export type SidecarStatus = ({ state: "running" } & SidecarState) | { state: "off" | "none" } | { state: "dead"; run: string; pid: number };

/** How the workspace's sidecar stands. */
export async function sidecarStatus({ cwd, env }: AskSidecarAsked): Promise<SidecarStatus> {
  const workspace = findWorkspace(cwd, env, { initialised: true });
  const stateDir = ensureStateDir(workspace);
  const address = readAddress(stateDir);
  if (address?.state === "alive") return { state: "running", ...((await ask(address, { op: "status" })) as SidecarState) };
  if (address?.state === "dead") return { state: "dead", run: address.run, pid: address.owner.pid };
  return { state: loadConfig(workspace.root, env).values.sidecar.mode === "on" ? "none" : "off" };
}

/** Executes a cell in it. Errors: `sidecar/off` (exit denied), `sidecar/none`, `sidecar/dead`, and those of `sidecarCells`; the signal's reason when that comes. */
export async function execSidecar(asked: AskSidecarAsked & { code: string; timeoutMs?: number; reset?: boolean }, signal: AbortSignal): Promise<SidecarCell> {
  const { code, timeoutMs, reset } = asked;
  const request = { op: "exec" as const, code, ...(timeoutMs !== undefined && { timeoutMs }), ...(reset === true && { reset }) };
  return (await ask(await requireAddress(asked), request, signal)) as SidecarCell;
}

/** Forgets every variable. Errors as for `execSidecar`. */
export async function resetSidecar(asked: AskSidecarAsked): Promise<SidecarState> {
  return (await ask(await requireAddress(asked), { op: "reset" })) as SidecarState;
}

/** Also where the configuration has turned it off meanwhile. */
async function requireAddress({ cwd, env }: AskSidecarAsked): Promise<SidecarAddress> {
  const workspace = findWorkspace(cwd, env, { initialised: true });
  await requireSidecar(loadConfig(workspace.root, env), env);
  return livingAddress(ensureStateDir(workspace));
}

/** Errors: `sidecar/none` (exit usage), `sidecar/dead`. What a dead one left is taken away. */
function livingAddress(stateDir: string): SidecarAddress {
  const address = readAddress(stateDir);
  if (address === undefined) throw new AgentctlError("sidecar/none", "no sidecar runs in this workspace", { hint: "agentctl sidecar start", exit: "usage" });
  if (address.state === "alive") return address;
  sweepAddress(stateDir);
  throw deadSidecar(address);
}

/** Sends one request and waits for its answer, however long the work takes. */
export async function ask(address: SidecarAddress, request: SidecarRequest, signal?: AbortSignal): Promise<unknown> {
  const socket = await connected(address);
  const leave = (): void => void socket.destroy();
  signal?.addEventListener("abort", leave, { once: true });
  try {
    signal?.throwIfAborted();
    socket.write(`${JSON.stringify(request)}\n`);
    const line = await readLine(socket, answerBytesMax);
    signal?.throwIfAborted();
    const answer = line === undefined ? undefined : parseAnswer(line);
    if (answer === undefined) throw deadSidecar(address);
    if (answer.ok) return answer.value;
    throw new AgentctlError(answer.code as `${string}/${string}`, answer.message, { exit: answer.exit, hint: answer.hint });
  } finally {
    signal?.removeEventListener("abort", leave);
    socket.destroy();
  }
}

async function connected(address: SidecarAddress): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(address.socket, () => resolve(socket));
  socket.once("error", (cause) =>
    reject(new AgentctlError("sidecar/dead", `the sidecar of ${address.run} does not answer: ${cause.message}`, { hint, cause })),
  );
  const found = await promise;
  found.on("error", () => undefined);
  return found;
}

const hint = "agentctl sidecar stop     then agentctl sidecar start";

function deadSidecar({ run, owner }: SidecarAddress): AgentctlError {
  return new AgentctlError("sidecar/dead", `the sidecar of ${run} ended without a word (process ${owner.pid}); its variables are gone`, {
    hint: "agentctl sidecar start",
  });
}
