import { wordsOf } from "./words.ts";

/** How much a word tells: the rarer it is in the texts, the more. */
export type Weights = (word: string) => number;

/** BM25 with its usual saturation, and less punishment of long texts: a description with intents is longer than one without. */
const k1 = 1.2;
const b = 0.4;

/** Texts that an objective is compared with, by index. */
export interface Corpus {
  weight: Weights;
  /** BM25 of each text, 0 or more. */
  scores(query: readonly string[]): number[];
  /** The part of the query, weighted, that the text at `index` knows; 0 to 1. */
  covered(query: readonly string[], index: number): number;
  /** The words of both, those that tell most first. */
  shared(query: readonly string[], index: number): string[];
}

export function corpusOf(texts: readonly string[]): Corpus {
  const documents = texts.map((text) => countsOf(wordsOf(text)));
  const lengths = documents.map((counts) => [...counts.values()].reduce((sum, count) => sum + count, 0));
  const average = Math.max(1, lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length));
  const weight = weightsOf(documents);
  const has = (index: number, word: string): number => documents[index]?.get(word) ?? 0;
  return {
    weight,
    scores: (query) =>
      documents.map((counts, index) => {
        const norm = k1 * (1 - b + (b * (lengths[index] ?? 0)) / average);
        return [...new Set(query)].reduce((sum, word) => {
          const count = counts.get(word) ?? 0;
          return count === 0 ? sum : sum + (weight(word) * count * (k1 + 1)) / (count + norm);
        }, 0);
      }),
    covered: (query, index) => {
      const words = [...new Set(query)];
      const total = words.reduce((sum, word) => sum + weight(word), 0);
      return total === 0 ? 0 : words.reduce((sum, word) => sum + (has(index, word) > 0 ? weight(word) : 0), 0) / total;
    },
    shared: (query, index) =>
      [...new Set(query)].filter((word) => has(index, word) > 0).toSorted((first, second) => weight(second) - weight(first) || (first < second ? -1 : 1)),
  };
}

/** How alike two texts are by the words they share; 0 to 1. */
export function likeness(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>, weight: Weights): number {
  const product = [...first].reduce((sum, [word, count]) => sum + count * (second.get(word) ?? 0) * weight(word) ** 2, 0);
  const length = (counts: ReadonlyMap<string, number>): number => Math.sqrt([...counts].reduce((sum, [word, count]) => sum + (count * weight(word)) ** 2, 0));
  return product === 0 ? 0 : Math.min(1, product / (length(first) * length(second)));
}

export function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export function weightsOf(documents: readonly ReadonlyMap<string, number>[]): Weights {
  const holders = new Map<string, number>();
  for (const counts of documents) for (const word of counts.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
  const weightOf = (held: number): number => Math.log(1 + (documents.length - held + 0.5) / (held + 0.5));
  const weights = new Map([...holders].map(([word, held]) => [word, weightOf(held)] as const));
  const unknown = weightOf(0);
  return (word) => weights.get(word) ?? unknown;
}
