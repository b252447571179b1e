const escapes: Readonly<Record<number, string>> = { 0x09: "\\t", 0x0a: "\\n", 0x0d: "\\r" };
const [quote, backslash] = [0x22, 0x5c];
const opens: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closes: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * The JSON object that begins at `from`, after white space, and where it ends; undefined when it has no end. Line breaks and tabs within strings, which
 * models write and JSON does not know, are escaped; they have one reading. Whether it is JSON otherwise is for the parser to say.
 */
export function scanObject(text: string, from: number): { json: string; end: number } | undefined {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  if (text[at] !== "{") return undefined;
  let json = "";
  let kept = at;
  let depth = 0;
  let inString = false;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) inString = !inString;
    else if (inString) {
      if (code === backslash) at += 1;
      else if (code < 0x20 && escapes[code] !== undefined) {
        json += text.slice(kept, at) + escapes[code];
        kept = at + 1;
      }
    } else if (opens.has(code)) depth += 1;
    else if (closes.has(code)) {
      depth -= 1;
      if (depth === 0) return { json: json + text.slice(kept, at + 1), end: at + 1 };
    }
  }
  return undefined;
}
