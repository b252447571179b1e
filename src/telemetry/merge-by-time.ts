/** Something that goes on in time: a run with its records. */
export interface Timed<T> {
  /** Not later than its first item; RFC 3339 in UTC. */
  from: string;
  open(): AsyncIterator<T>;
}

interface Head<T> {
  item: T;
  /** Never before an earlier item of the same source, whatever its clock said. */
  at: string;
  order: number;
  rest: AsyncIterator<T>;
}

/**
 * The items of many sources in the order of their times, each source in its own order. A source is opened when its time has come, so only those that
 * overlap are open at once. Items of one time come in the order of the sources.
 */
export async function* mergeByTime<T extends { ts: string }>(sources: readonly Timed<T>[]): AsyncGenerator<T> {
  const waiting = sources.map((source, order) => ({ source, order })).toSorted((a, b) => compare(a.source.from, b.source.from) || a.order - b.order);
  const heads: Head<T>[] = [];
  let next = 0;
  try {
    for (;;) {
      const first = earliest(heads);
      const coming = waiting[next];
      if (coming !== undefined && (first === undefined || coming.source.from <= first.at)) {
        next += 1;
        await advance(heads, { rest: coming.source.open(), order: coming.order, at: "" });
      } else if (first === undefined) {
        return;
      } else {
        yield first.item;
        heads.splice(heads.indexOf(first), 1);
        await advance(heads, first);
      }
    }
  } finally {
    for (const { rest } of heads) await rest.return?.();
  }
}

async function advance<T extends { ts: string }>(heads: Head<T>[], { rest, order, at }: Omit<Head<T>, "item">): Promise<void> {
  const { done, value } = await rest.next();
  if (done !== true) heads.push({ item: value, at: value.ts > at ? value.ts : at, order, rest });
}

function earliest<T>(heads: readonly Head<T>[]): Head<T> | undefined {
  let first = heads[0];
  for (const head of heads) if (first !== undefined && (compare(head.at, first.at) || head.order - first.order) < 0) first = head;
  return first;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
