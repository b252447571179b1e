/** The ways in which a secret may be written down, to the character. One level of encoding each. */
export function writtenForms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const hex = bytes.toString("hex");
  const url = encodeURIComponent(secret);
  const percent = hex.replaceAll(/../g, "%$&");
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    ...base64Cores(secret).flatMap((core) => [core, core.replaceAll("+", "-").replaceAll("/", "_")]),
    hex,
    hex.toUpperCase(),
    url,
    url.replaceAll(/%../g, (code) => code.toLowerCase()),
    url.replaceAll("%20", "+"),
    percent,
    percent.toUpperCase(),
    json,
    json.replaceAll("/", "\\/"),
    JSON.stringify(json).slice(1, -1),
    asciiJson(json),
    reversed(secret),
  ];
  return [...new Set(forms)].filter((form) => form.length >= 8);
}

/**
 * The ways in which a secret may be written down in pieces; only their letters and digits count, and not their case. So percent encoding is hex, and both
 * alphabets of base64 are one.
 */
export function splitForms(secret: string): string[] {
  if (secret.length < 12) return [];
  const backwards = reversed(secret);
  const inHex = [secret, backwards].map((text) => Buffer.from(text, "utf8").toString("hex"));
  const inBase64 = [secret, backwards, secret.toUpperCase(), secret.toLowerCase()].flatMap(base64Cores);
  // Encoded twice, at any alignment of the outer one.
  const short = inBase64.slice(0, 6);
  const twice = [...inHex.slice(0, 1), ...short].flatMap(base64Cores);
  const hexOfBase64 = short.map((text) => Buffer.from(text, "utf8").toString("hex"));
  return [...new Set([secret, backwards, ...inHex, ...inHex.map(reversed), ...inBase64, ...short.map(reversed), ...twice, ...hexOfBase64])];
}

function reversed(text: string): string {
  return [...text].toReversed().join("");
}

/**
 * In the middle of a longer text a secret starts at any of three places of a base64 group. Only the characters that depend on
 * the secret alone are searched for; the one or two at its edges mix with the neighbours.
 */
function base64Cores(text: string): string[] {
  const bytes = Buffer.byteLength(text);
  return [0, 1, 2].map((offset) =>
    Buffer.from(`${"\0".repeat(offset)}${text}`, "utf8")
      .toString("base64")
      .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes) * 8) / 6)),
  );
}

/** As JSON writers that keep to ASCII do it. */
function asciiJson(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text as a regular expression that matches just that text. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
