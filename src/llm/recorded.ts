import { readCassette, type CassetteEntry } from "./cassette.ts";
import { ModelFault } from "./fault.ts";
import { answersIn, requestMarks, type RequestMarks } from "./normalise.ts";
import type { Provider, ProviderAnswer } from "./provider.ts";
import type { ProviderSettings } from "./settings.ts";
import { AgentctlError } from "../base/errors.ts";

/**
 * Answers from a cassette; never touches the network. The n-th request of a lane gets the n-th entry, and an entry of exactly the request wherever it stands
 * further on: a run that goes on in another process begins in the middle. Another request is refused, unless `drift` is `accept`. Errors: llm/no-cassette,
 * llm/bad-cassette.
 */
export function recordedProvider(name: string, settings: ProviderSettings): Provider {
  if (settings.file === undefined) {
    throw new AgentctlError("llm/no-cassette", `the provider ${name} has no cassette`, {
      exit: "usage",
      hint: `set models.providers.${name}.file in agentctl.yaml`,
    });
  }
  const lanes = readCassette(settings.file);
  const asked = new Map<string, number>();
  return {
    address: undefined,
    async ask(request, { signal, onText }) {
      signal.throwIfAborted();
      const marks = requestMarks(request);
      const entries = lanes.get(marks.lane) ?? [];
      const next = asked.get(marks.lane) ?? 0;
      const entry = choose(entries, marks, next, answersIn(request.messages), settings.drift === "accept");
      asked.set(marks.lane, entry.n + 1);
      const answer = renamed(entry, marks.names);
      if (answer.text !== "") onText?.(answer.text);
      return answer;
    },
  };
}

function choose(entries: readonly CassetteEntry[], marks: RequestMarks, next: number, answers: number, accept: boolean): CassetteEntry {
  const same = entries.slice(next).find(({ digest }) => digest === marks.digest);
  if (same !== undefined) return same;
  const due = entries[next];
  if (due === undefined) {
    const found = entries.length === 0 ? "nothing is recorded for it" : `it has ${entries.length} answers, and all were given`;
    throw new ModelFault("error", `the cassette does not know this request of ${marks.lane}: ${found}`, { spent: "nothing" });
  }
  if (accept) return entries[Math.max(next, Math.min(answers, entries.length - 1))] ?? due;
  throw new ModelFault("error", `the request is not the recorded one: entry ${due.n} of ${marks.lane} ${difference(due, marks)}`, { spent: "nothing" });
}

function difference({ summary }: CassetteEntry, marks: RequestMarks): string {
  const length = Math.max(summary.messages.length, marks.messages.length);
  for (let index = 0; index < length; index += 1) {
    const [then, now] = [summary.messages[index], marks.messages[index]];
    if (then?.digest === now?.digest && then?.role === now?.role) continue;
    if (then === undefined) return `has ${summary.messages.length} messages, now there is one more (${now?.role})`;
    if (now === undefined) return `has ${summary.messages.length} messages, now there are ${marks.messages.length}`;
    return `differs at message ${index + 1} (${now.role === then.role ? now.role : `${then.role}, now ${now.role}`})`;
  }
  return "was made with other tools";
}

/** The answer with the names of this run in the place of those of the recorded one, as far as both have as many. */
function renamed({ answer, summary }: CassetteEntry, names: readonly string[]): ProviderAnswer {
  const pairs = summary.names.length === names.length ? summary.names.map((then, index): [string, string] => [then, names[index] ?? then]) : [];
  const changed = new Map(pairs.filter(([then, now]) => then !== now));
  if (changed.size === 0) return answer;
  const pattern = new RegExp([...changed.keys()].map((name) => name.replaceAll(/[^\w-]/g, "")).join("|"), "g");
  const rename = (text: string): string => text.replaceAll(pattern, (name) => changed.get(name) ?? name);
  return JSON.parse(rename(JSON.stringify(answer))) as ProviderAnswer;
}
