import { builtinModules } from "node:module";

/** What Node has everywhere, beyond the language; a container has it too. */
const globals = (
  "process Buffer console global setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask structuredClone performance " +
  "crypto fetch atob btoa navigator URL URLSearchParams URLPattern TextEncoder TextDecoder TextEncoderStream TextDecoderStream AbortController AbortSignal " +
  "Event EventTarget CustomEvent MessageChannel MessagePort MessageEvent BroadcastChannel Blob File FormData Headers Request Response WebSocket WebAssembly " +
  "ReadableStream WritableStream TransformStream CompressionStream DecompressionStream DOMException require module exports __dirname __filename"
).split(" ");

/**
 * Declarations for a checker that has none of Node's: its modules, its globals and the `modules` named are `any`, so that code which uses them is not called wrong
 * for it. What an honest file does with them is not checked, all else is.
 */
export function nodeDeclarations(modules: readonly string[] = []): string {
  const names = new Set([...builtinModules.filter((name) => !name.startsWith("_")), ...modules]);
  return [
    'declare module "node:*";',
    ...[...names].map((name) => `declare module ${JSON.stringify(name)};`),
    ...globals.map((name) => `declare var ${name}: any;\ntype ${name}<A = any, B = any> = any;`),
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

/** Names of packages that texts import; one too many declares what nobody asks for. */
export function packagesIn(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\b(?:from|import|require)\s{0,8}\(?\s{0,8}["']([@\w][\w@./-]{0,200})["']/g)].map(([, name]) => name ?? ""),
  );
  return [...new Set(names)].slice(0, 1000);
}
