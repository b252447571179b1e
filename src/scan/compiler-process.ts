import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What one question may take. Memory is enforced where the system can (Linux); time always. */
export interface CompilerBounds {
  timeoutMs: number;
  memoryMiB: number;
  /** What it may say, its wishes for files included. */
  outputBytes: number;
}

/** Answers what the compiler wants to know of files; it has no others. */
export type FileAnswers = Readonly<Record<"readFile" | "fileExists" | "directoryExists" | "getAccessibleEntries" | "realpath", (path: string) => unknown>>;

export interface Compiler {
  /** Throws where the compiler answers with an error or ends. */
  ask(method: string, params: unknown): Promise<unknown>;
}

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message?: string };
}

/** No file may be written, no core left behind; then the compiler itself, with the limits that this shell has set. */
const limited = 'ulimit -c 0; ulimit -f 0; ulimit -t "$1"; ulimit -v "$2" 2>/dev/null; shift 2; exec "$@"';

/** The program and its own declarations; throws where the installation has none for this machine. */
export function compilerPlace(): { program: string; library: string } {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const library = join(dirname(createRequire(typescript).resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)), "lib");
  return { program: join(library, "tsc"), library };
}

/**
 * Starts the TypeScript compiler of our own installation, asks it, and ends it. It has no environment and no file: whatever it wants to read it asks for here.
 * Throws plain errors: no compiler, time over, too much output, a crash.
 */
export async function withCompiler<T>(
  asked: { bounds: CompilerBounds; files: FileAnswers; cwd: string; signal?: AbortSignal | undefined },
  work: (compiler: Compiler) => Promise<T>,
): Promise<T> {
  const { timeoutMs, memoryMiB } = asked.bounds;
  asked.signal?.throwIfAborted();
  const { program } = compilerPlace();
  const callbacks = `--callbacks=${Object.keys(asked.files).join(",")}`;
  const seconds = String(2 * Math.ceil(timeoutMs / 1000) + 1);
  // Address space is more than memory: the runtime reserves what it does not touch.
  const args = ["-c", limited, "sh", seconds, String(2 * memoryMiB * 1024), program, "--api", "--async", "--cwd", asked.cwd, callbacks];
  const child = spawn("/bin/sh", args, { cwd: "/", env: { GOMEMLIMIT: `${memoryMiB}MiB`, GOMAXPROCS: "4" }, stdio: ["pipe", "pipe", "ignore"] });
  const failed = Promise.withResolvers<never>();
  // Whoever waits hears of it; where nobody does any more, nothing is wrong.
  failed.promise.catch(() => undefined);
  const fail = (why: string): void => failed.reject(new Error(why));
  const timer = setTimeout(() => fail(`it did not end within ${timeoutMs / 1000} s`), timeoutMs);
  const stopped = (): void => fail("it was interrupted");
  asked.signal?.addEventListener("abort", stopped, { once: true });
  child.once("error", (cause) => fail(cause.message));
  child.once("close", (code, signal) => fail(`it ended by itself (${signal ?? code})`));
  // A pipe that breaks is told by how the process ended.
  child.stdin.on("error", () => undefined);
  try {
    const compiler = converse(child, asked, fail);
    return await Promise.race([work({ ask: (method, params) => Promise.race([compiler(method, params), failed.promise]) }), failed.promise]);
  } finally {
    clearTimeout(timer);
    asked.signal?.removeEventListener("abort", stopped);
    child.kill("SIGKILL");
  }
}

/** JSON-RPC with a length before each message, in both directions. */
function converse(child: ChildProcess, { bounds, files }: { bounds: CompilerBounds; files: FileAnswers }, fail: (why: string) => void) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  const send = (message: Message): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const hear = ({ id, method, params, result, error }: Message): void => {
    if (method !== undefined) {
      const answers = Object.hasOwn(files, method) ? files[method as keyof FileAnswers] : undefined;
      if (id !== undefined) send({ id, result: answers === undefined || typeof params !== "string" ? null : answers(params) });
      return;
    }
    const asked = waiting.get(Number(id));
    waiting.delete(Number(id));
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(`it answered with an error: ${error.message ?? "unknown"}`));
  };
  let rest = Buffer.alloc(0);
  let bytes = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bounds.outputBytes) return fail(`it said more than ${bounds.outputBytes} bytes`);
    rest = Buffer.concat([rest, chunk]);
    try {
      for (let message = take(); message !== undefined; message = take()) hear(message);
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown.message : "it cannot be understood");
    }
  });
  const take = (): Message | undefined => {
    const head = rest.indexOf("\r\n\r\n");
    if (head === -1) return undefined;
    const length = Number(/^Content-Length: (\d{1,9})$/im.exec(rest.toString("latin1", 0, head))?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error("it cannot be understood");
    if (rest.length < head + 4 + length) return undefined;
    const text = rest.toString("utf8", head + 4, head + 4 + length);
    rest = rest.subarray(head + 4 + length);
    return JSON.parse(text) as Message;
  };
  return (method: string, params: unknown): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    // Where time is over first, nobody waits for this one.
    answer.promise.catch(() => undefined);
    waiting.set(++last, answer);
    send({ id: last, method, params });
    return answer.promise;
  };
}
