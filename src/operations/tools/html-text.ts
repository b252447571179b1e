/** HTML to text, in one pass over it: no tree, no scripts, nothing loaded. What it makes of broken or hostile HTML is text like any other. */

/** Elements whose content is not for reading. */
const dropped = new Set(["script", "style", "template", "svg", "math", "iframe", "object", "noscript", "canvas", "select", "textarea", "noembed", "noframes"]);
/** Elements that begin and end a line. */
const blocks = new Set(
  (
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 " +
    "head header hr html legend li main nav ol optgroup option p pre section summary table tbody tfoot thead title tr ul"
  ).split(" "),
);
const cells = new Set(["td", "th"]);

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  bull: "•",
  middot: "·",
  copy: "©",
  reg: "®",
  euro: "€",
  pound: "£",
  times: "×",
  minus: "−",
  deg: "°",
};

/** Of one link. */
const hrefCharactersMax = 300;

/** The text of a page, lines trimmed, no two empty lines in a row; links keep where they lead to in parentheses. `base` resolves them. */
export function htmlText(html: string, base: URL): string {
  let text = "";
  let at = 0;
  const links: (string | undefined)[] = [];
  while (at < html.length) {
    const open = html.indexOf("<", at);
    text += inline(html.slice(at, open < 0 ? html.length : open));
    if (open < 0) break;
    const tag = tagAt(html, open);
    if (tag === undefined) {
      text += "<";
      at = open + 1;
      continue;
    }
    at = tag.end;
    const { name, closing } = tag;
    if (!closing && dropped.has(name)) at = afterElement(html, at, name);
    else if (blocks.has(name)) text += name === "li" && !closing ? "\n- " : "\n";
    else if (cells.has(name)) text += closing ? "" : " | ";
    else if (name === "a" && !closing) links.push(hrefOf(tag.attributes, base));
    else if (name === "a") text += linkEnd(links.pop());
  }
  return tidy(text);
}

interface Tag {
  /** Lower case; empty for comments and declarations. */
  name: string;
  closing: boolean;
  attributes: string;
  end: number;
}

/** The tag at a `<`; undefined where it begins none. One that never ends takes the rest of the page, as in a browser, so nothing is read twice. */
function tagAt(html: string, at: number): Tag | undefined {
  const rest = { name: "", closing: false, attributes: "" };
  if (html.startsWith("<!--", at)) {
    const end = html.indexOf("-->", at + 4);
    return { ...rest, end: end < 0 ? html.length : end + 3 };
  }
  const start = /^<(\/?)([A-Za-z][A-Za-z0-9:-]*)/.exec(html.slice(at, at + 64));
  if (start === null && !/^<[!?/]/.test(html.slice(at, at + 2))) return undefined;
  const from = at + (start?.[0].length ?? 2);
  const end = tagEnd(html, from);
  return {
    name: (start?.[2] ?? "").toLowerCase(),
    closing: start?.[1] === "/",
    attributes: html.slice(from, Math.min(end, from + 4096)),
    end: Math.min(end + 1, html.length),
  };
}

/** The place of the `>` that ends a tag, outside of quotes. */
function tagEnd(html: string, from: number): number {
  let quote = "";
  for (let at = from; at < html.length; at += 1) {
    const character = html[at];
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return at;
    else if ((character === '"' || character === "'") && /[=\s]/.test(html[at - 1] ?? "")) quote = character;
  }
  return html.length;
}

function afterElement(html: string, from: number, name: string): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  close.lastIndex = from;
  const found = close.exec(html);
  return found === null ? html.length : found.index;
}

function hrefOf(attributes: string, base: URL): string | undefined {
  const match = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
  const href = decoded(match?.[1] ?? match?.[2] ?? match?.[3] ?? "").trim();
  if (href === "" || href.startsWith("#") || href.length > hrefCharactersMax || !URL.canParse(href, base.href)) return undefined;
  const url = new URL(href, base.href);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href.slice(0, hrefCharactersMax) : undefined;
}

function linkEnd(href: string | undefined): string {
  return href === undefined ? "" : ` (${href})`;
}

function inline(text: string): string {
  return decoded(text.replaceAll(/[ \t\r\n\f]+/g, " "));
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole;
    const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    const valid = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    return valid ? String.fromCodePoint(point) : "\ufffd";
  });
}

function tidy(text: string): string {
  const lines = text.split("\n").map((line) => line.replaceAll(/ {2,}/g, " ").trim());
  return lines
    .filter((line, index) => line !== "" || (index > 0 && lines[index - 1] !== ""))
    .join("\n")
    .trim();
}
