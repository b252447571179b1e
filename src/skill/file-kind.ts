/** What the first bytes of a file say it is; undefined for text. */
export type BinaryKind = "executable" | "archive" | "binary";

const magic: readonly [kind: BinaryKind, bytes: string][] = [
  ["executable", "7f454c46"],
  ["executable", "4d5a"],
  ["executable", "feedface"],
  ["executable", "feedfacf"],
  ["executable", "cefaedfe"],
  ["executable", "cffaedfe"],
  ["executable", "cafebabe"],
  ["executable", "0061736d"],
  ["archive", "504b0304"],
  ["archive", "504b0506"],
  ["archive", "1f8b"],
  ["archive", "425a68"],
  ["archive", "fd377a585a00"],
  ["archive", "377abcaf271c"],
  ["archive", "526172211a07"],
  ["archive", "28b52ffd"],
];

const executableEndings = /\.(?:exe|dll|so|dylib|pyc|pyo|class|jar|node|wasm|com|scr|msi|o|a)$/i;

export type FileKind = { kind: BinaryKind } | { kind: "text"; text: string };

/** Tells programs and archives by their first bytes or ending, and text by being UTF-8 without NUL. */
export function fileKind(path: string, data: Uint8Array): FileKind {
  const head = Buffer.from(data.subarray(0, 8)).toString("hex");
  const known = magic.find(([, bytes]) => head.startsWith(bytes))?.[0];
  // Two letters are no proof: a text may well start with MZ or BZh.
  const text = utf8(data);
  if (known !== undefined && (text === undefined || !["4d5a", "425a68"].some((bytes) => head.startsWith(bytes)))) return { kind: known };
  if (executableEndings.test(path)) return { kind: "executable" };
  return text === undefined ? { kind: "binary" } : { kind: "text", text };
}

function utf8(data: Uint8Array): string | undefined {
  if (data.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
