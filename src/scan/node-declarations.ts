import { builtinModules } from "node:module";

/** What Node has everywhere, beyond the language; a container has it too. */
const globals = (
  "Buffer console global setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask structuredClone performance " +
  "crypto fetch atob btoa navigator URL URLSearchParams URLPattern TextEncoder TextDecoder TextEncoderStream TextDecoderStream AbortController AbortSignal " +
  "Event EventTarget CustomEvent MessageChannel MessagePort MessageEvent BroadcastChannel Blob File FormData Headers Request Response WebSocket WebAssembly " +
  "ReadableStream WritableStream TransformStream CompressionStream DecompressionStream DOMException require module exports __dirname __filename"
).split(" ");

/**
 * Declarations for a checker that has none of Node's: its modules and its globals are `any`, so that code which uses them is not called wrong
 * for it. What an honest file does with them is not checked, all else is.
 */
export function nodeDeclarations(): string {
  const names = builtinModules.filter((name) => !name.startsWith("_"));
  return [
    'declare module "node:*";',
    ...names.map((name) => `declare module ${JSON.stringify(name)};`),
    ...globals.map((name) => `declare var ${name}: any;\ntype ${name}<A = any, B = any> = any;`),
    "declare var process: { env: { [name: string]: string | undefined }; argv: string[]; [other: string]: any };",
    "declare namespace NodeJS {",
    ...["ProcessEnv", "Timeout", "Immediate", "ErrnoException", "ReadableStream", "WritableStream", "Signals", "Process"].map(
      (name) => `  type ${name} = any;`,
    ),
    "}",
    "type BufferEncoding = string;",
    "interface ImportMeta { url: string; dirname: string; filename: string; main: boolean; resolve(specifier: string): string }",
    "",
  ].join("\n");
}
