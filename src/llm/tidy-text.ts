import { safeText } from "../base/safe-text.ts";

const charactersMax = 500;

/** Makes words of others fit to be shown: the key of the provider and other secrets taken out before anything is cut, one line, short. */
export function tidyText(mask: (text: string) => string, key: string | undefined): (text: string) => string {
  return (text) => {
    const open = text.toWellFormed();
    const hidden = mask(key === undefined ? open : open.replaceAll(key, "«key»"));
    const line = safeText(hidden.replaceAll(/\s+/g, " ").trim(), { oneLine: true });
    return line.length > charactersMax ? `${line.slice(0, charactersMax - 1).toWellFormed()}…` : line;
  };
}
