/** A piece of a page that is safe to stand in it: made by the functions of this room only, which escape every text. */
export interface Html {
  readonly html: string;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as HTML, also within a quoted attribute. Control characters, which have no place in a page, show as U+FFFD. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "").replaceAll(/[^\P{Cc}\n\t]/gu, "\uFFFD");
}

/** HTML with values in it: texts and numbers are escaped, pieces of HTML stand as they are, lists one after the other. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | readonly Html[])[]): Html {
  return { html: parts.map((part, at) => (at === 0 ? part : `${rendered(values[at - 1] ?? "")}${part}`)).join("") };
}

function rendered(value: string | number | Html | readonly Html[]): string {
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map((piece) => piece.html).join("");
}
