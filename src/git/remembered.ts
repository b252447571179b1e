/** How many answers are kept; the oldest goes first. */
const most = 200;

/**
 * Answers about objects that are named by their digest, so that they can never become others: asked once for as long as a repository is open, which is one
 * operation. Nothing about a ref, and nothing that is missing, since that may come.
 */
export class Remembered {
  private readonly answers = new Map<string, Promise<unknown>>();

  /** The answer to `question`; a list is each asker's own. What fails, and what `keep` refuses, is asked again. */
  async once<T>(question: readonly string[], ask: () => Promise<T>, keep: (answer: T) => boolean = () => true): Promise<T> {
    const key = question.join("\0");
    const known = this.answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return own(await known);
    const asked = ask();
    this.answers.set(key, asked);
    const oldest = this.answers.size > most ? this.answers.keys().next() : undefined;
    if (oldest !== undefined && oldest.done !== true) this.answers.delete(oldest.value);
    try {
      const answer = await asked;
      if (!keep(answer)) this.answers.delete(key);
      return own(answer);
    } catch (cause) {
      this.answers.delete(key);
      throw cause;
    }
  }
}

function own<T>(answer: T): T {
  return Array.isArray(answer) ? ([...(answer as unknown[])] as T) : answer;
}
