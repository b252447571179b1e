import type { Clock } from "../base/clock.ts";

/** What the gateway needs of others; operations wire it. */

type Soon<T> = T | Promise<T>;

/** Whom a request would go to. */
export interface Destination {
  /** `provider/model` */
  model: string;
  /** As in a URL; IPv6 without brackets. */
  host: string;
  port: number;
}

/** Asked before every try that goes over the network. */
export type Permit = (to: Destination) => Soon<{ allowed: true } | { allowed: false; why: string }>;

/** The most that a try may take. */
export interface Estimate {
  model: string;
  /** Input and output together. */
  tokens: number;
  /** 0 while the price is unknown. */
  costUsd: number;
  /** False: nobody knows what this model costs, and the purse decides. */
  priceKnown: boolean;
}

export type Reserved =
  /** `costRateUsd`: US dollars per million tokens to count where the price is unknown; without it such a try counts as it was reserved, `costUsd` 0. */
  { granted: true; reservation: string; costRateUsd?: number | undefined } | { granted: false; limit: string; reason: string };

/** The budgets. Every granted reservation is settled, also those of tries that failed or were broken off. */
export interface Purse {
  reserve(estimate: Estimate): Soon<Reserved>;
  settle(reservation: string, spent: { tokens: number; costUsd: number }): Soon<void>;
}

/** Keeps answers; a value is what JSON can hold. What is lost or broken is a miss. */
export interface AnswerCache {
  get(key: string): Soon<unknown>;
  put(key: string, value: unknown, ttlMs: number): Soon<void>;
}

export interface GatewayPorts {
  permit: Permit;
  purse: Purse;
  /** Where `keyEnv` is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** Takes secrets out of a text; every text of an error goes through it. */
  mask(text: string): string;
  cache?: AnswerCache | undefined;
  /** Default: the one of the system. */
  fetch?: typeof fetch | undefined;
  /** Default: the system's. */
  clock?: Clock | undefined;
  /** Uniform in [0, 1), for the waits between tries. Default: the system's chance. */
  chance?: (() => number) | undefined;
  /** Before the second try, doubled before each further one, ms; and the longest wait, also of those that a server asks for. */
  waits?: { firstMs: number; mostMs: number } | undefined;
}
