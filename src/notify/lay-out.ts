import { fillPlaceholders } from "../base/placeholders.ts";
import type { Message } from "./message.ts";
import { cutText, quietText } from "./quiet-text.ts";

type Fields = Record<string, string>;

/** What the names in a template stand for: quiet, bounded, and all but the text on one line. */
export function fieldsOf({ title, text, run = "", agent = "", approval = "", command = "", topic, time }: Message, textUnitsMax: number): Fields {
  return {
    title: line(title, 200),
    text: quietText(cutText(text.trim(), textUnitsMax)),
    run: line(run, 100),
    agent: line(agent, 100),
    approval: line(approval, 100),
    command: line(command, 200),
    topic: line(topic, 40),
    time: line(time, 40),
  };
}

/**
 * A message as one text of at most `unitsMax` UTF-16 units. `escaped` writes a value so that the service takes it literally. Where it is too long the text
 * of the message is cut, and not what stands around it.
 */
export function layOut(message: Message, template: string | undefined, unitsMax: number, escaped: (text: string) => string = (text) => text): string {
  const whole = (textUnits: number): string => {
    const values = Object.fromEntries(Object.entries(fieldsOf(message, textUnits)).map(([name, value]) => [name, escaped(value)]));
    return (template === undefined ? usual(values) : fillPlaceholders(template, values)).replaceAll(/\n{3,}/g, "\n\n").trim();
  };
  // The most of the text that fits: what is shown instead of a letter may be longer than it.
  let [fits, tooLong] = [0, Math.min(message.text.length, unitsMax) + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (whole(middle).length <= unitsMax) fits = middle;
    else tooLong = middle;
  }
  return cutText(whole(fits), unitsMax);
}

function usual({ title = "", text = "", agent = "", run = "", command = "" }: Fields): string {
  const where = [agent, run].filter((word) => word !== "").join(" · ");
  return [title, text, where, command].filter((line) => line !== "").join("\n");
}

function line(value: string, unitsMax: number): string {
  return quietText(cutText(value, unitsMax), { oneLine: true });
}
