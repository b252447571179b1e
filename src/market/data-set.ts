/** data/<name>.yaml: what the bars of a market are, where they come from, and the digest by which they are known. Committed; the bars lie in the lake. */
export interface DataSet {
  /** The name of the file. */
  name: string;
  /** The field's name of what is traded, e.g. `BTC/USDT`. */
  symbol: string;
  timeframe: string;
  /** When bars are expected: always (around the clock), or sessions (weekends and holidays are no gaps). */
  calendar: "always" | "sessions";
  currency: string;
  priceDecimals: number;
  unitDecimals: number;
  rows: number;
  /** Opening times of the first and the last bar, RFC 3339 in UTC. */
  from: string;
  to: string;
  /** SHA-256 over the columns ts, open, high, low, close, volume, each as little-endian doubles, in this order. */
  sha256: string;
  /** Missing stretches, the largest first, at most 20. */
  gaps: readonly { after: string; before: string; bars: number }[];
  /** Bars missing in all gaps. */
  missing: number;
  source: DataSource;
  licence: string;
}

export type DataSource =
  | FileSource
  | {
      kind: "exchange";
      exchange: string;
      symbol: string;
      since: string;
      /** Asked in the place of the exchange's own address. */
      endpoint?: string | undefined;
    }
  | { kind: "resampled"; data: string; sha256: string };

/** A file, and everything that decides which bars are read from it, so that it can be read again. */
export interface FileSource {
  kind: "file";
  /** Relative to the workspace, with `/`; absolute for one outside it. */
  path: string;
  sha256: string;
  /** Names of its columns by column of the bars. */
  mapping?: Readonly<Record<string, string>> | undefined;
  timezone?: string | undefined;
  timeFormat?: string | undefined;
  decimal?: "." | "," | undefined;
  sort?: boolean | undefined;
  overlaps?: "refuse" | "in-order" | undefined;
  /** Bad rows that may be left out. */
  badMax?: number | undefined;
  since?: string | undefined;
  until?: string | undefined;
}
