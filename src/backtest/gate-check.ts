/** One question of the gate and its answer. A check that could not be asked has failed. */
export interface GateCheck {
  /** Name of the check, e.g. `look-ahead`. */
  check: string;
  passed: boolean;
  /** What was found; null where it is undefined, which never passes. */
  figure: number | null;
  /** In words of the figure, e.g. `≥`. */
  relation: "≥" | "≤" | "=";
  /** null where no policy sets one, which never passes. */
  threshold: number | null;
  unit?: string;
  /** One line for people: what was found, over what. */
  found: string;
  /** What the check asks and why a strategy that fails it is not to be trusted. */
  meaning: string;
}
