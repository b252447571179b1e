import { safeText } from "../base/safe-text.ts";

/**
 * Text that calls nobody and leads nowhere: letters that hide or reorder are shown as «U+XXXX», and mentions (`@everyone`, `<@1>`, `<!here>`) and links under
 * other words (`[here](…)`, `<https://…|here>`) are broken by a space without width.
 */
export function quietText(text: string, options: { oneLine?: boolean } = {}): string {
  return safeText(text.toWellFormed(), options)
    .replaceAll(/(?<![\w.])@(?=\w)/g, `@${gap}`)
    .replaceAll(/<(?=[@#!:/]|[A-Za-z][A-Za-z0-9+.-]*:)/g, `<${gap}`)
    .replaceAll("](", `]${gap}(`)
    .replaceAll("][", `]${gap}[`);
}

/** Cut to so many UTF-16 units, never within a character. */
export function cutText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  const end = Math.max(0, unitsMax - 1);
  // Half of a pair is no letter.
  const whole = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
  return unitsMax <= 0 ? "" : `${text.slice(0, whole)}…`;
}

const gap = "\u200B";
