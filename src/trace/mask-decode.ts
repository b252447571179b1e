import { literal } from "./mask-forms.ts";
import { mayHoldSecret, secretPatterns } from "./mask-patterns.ts";

/** Literals at the start of the known formats; a run of base64 or hex is decoded only when it holds one of them. */
const starts = [
  "ghp_",
  "gho_",
  "ghu_",
  "ghs_",
  "ghr_",
  "github_pat_",
  "glpat-",
  "npm_",
  "pypi-",
  "AKIA",
  "ASIA",
  "sk-",
  "sk_live_",
  "sk_test_",
  "rk_live_",
].concat(["xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxs-", "xapp-", "AIza", "ya29.", "GOCSPX-", "agc_", "eyJ", "-----BEGIN "]);

const base64Start = new RegExp([...new Set(starts.flatMap(cores))].map(literal).join("|"));
const hexStart = new RegExp(starts.map((start) => Buffer.from(start).toString("hex")).join("|"), "i");
const reversedStart = new RegExp(starts.map((start) => literal([...start].toReversed().join(""))).join("|"));

/** The characters of a start that do not depend on its neighbours, at each of the three alignments. */
function cores(start: string): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(start)]);
    return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
}

// Each expression looks behind itself, so that a run is tried once and not from each of its characters.
const encodings: readonly { run: RegExp; start: RegExp; decodings: (run: string) => string[] }[] = [
  {
    run: /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{27,}={0,2}/g,
    start: base64Start,
    decodings: (run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64").toString("latin1")),
  },
  {
    run: /(?<![0-9A-Fa-f])[0-9A-Fa-f]{40,}/g,
    start: hexStart,
    decodings: (run) => [0, 1].map((skip) => Buffer.from(run.slice(skip), "hex").toString("latin1")),
  },
  {
    run: /(?<![A-Za-z0-9%._~!*'()+-])[A-Za-z0-9%._~!*'()+-]{20,}/g,
    start: /%[0-9A-Fa-f]{2}/,
    decodings: (run) => [run.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))],
  },
  { run: /(?<![^\s"'`,;«»])[^\s"'`,;«»]{20,}/g, start: reversedStart, decodings: (run) => [[...run].toReversed().join("")] },
];

/** Masks runs of base64, hex or URL encoding that hold a secret of a known format, and such secrets written backwards. */
export function maskDecoded(text: string, label: (name: string, secret: string) => string): string {
  let masked = text;
  for (const { run, start, decodings } of encodings) {
    if (!start.test(masked)) continue;
    masked = masked.replace(run, (found) => {
      if (!start.test(found)) return found;
      const name = decodings(found)
        .map(formatIn)
        .find((format) => format !== undefined);
      return name === undefined ? found : label(name, found);
    });
  }
  return masked;
}

function formatIn(text: string): string | undefined {
  if (!mayHoldSecret.test(text)) return undefined;
  return secretPatterns.find(({ pattern }) => text.search(pattern) !== -1)?.name;
}
