import { expect, test } from "vitest";
import { filesDigest, identityOf, variantOf, type BacktestIdentity } from "../../src/backtest/identity.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";

const settings: BacktestSettings = {
  instruments: [{ name: "sp500-daily", priceDecimals: 2, unitDecimals: 0 }],
  sizing: { kind: "equity", share: 1 },
  account: { currency: "USD", cash: 100_000, decimals: 2 },
  costs: { taker: 0.001, maker: 0.001, fixed: 0, spread: 0, slippage: { model: "none" }, borrow: 0 },
  risk: { leverage: 1 },
  fill: "next-open",
  warmup: 0,
  timeframeMs: 86_400_000,
  lagBars: 0,
};
const identity: BacktestIdentity = {
  digest: "f".repeat(64),
  parameters: { fast: 10, slow: 30 },
  settings,
  data: [{ sha256: "d".repeat(64), rows: 5105, from: "2000-01-03T00:00:00.000Z", to: "2020-04-17T00:00:00.000Z" }],
  engine: 1,
  seed: 0,
};
const [bars] = identity.data;

test("every part that an outcome depends on makes another identity", () => {
  const others: Partial<BacktestIdentity>[] = [
    { digest: "e".repeat(64) },
    { parameters: { fast: 10, slow: 40 } },
    { parameters: { fast: "10", slow: 30 } },
    { settings: { ...settings, costs: { ...settings.costs, taker: 0.002 } } },
    { settings: { ...settings, fromMs: 0 } },
    { settings: { ...settings, lagBars: 1 } },
    { data: [{ ...bars!, sha256: "c".repeat(64) }] },
    { data: [{ ...bars!, rows: 5104, to: "2020-04-16T00:00:00.000Z" }] },
    { data: [bars!, bars!] },
    { engine: 2 },
    { image: "sha256:9be1" },
    { seed: 1 },
  ];
  const all = [identity, ...others.map((other) => ({ ...identity, ...other }))].map(identityOf);
  expect(new Set(all).size).toBe(others.length + 1);
});

test("the order of keys, names of data sets and members that are not there are no part of it", () => {
  const same = {
    ...identity,
    parameters: { slow: 30, fast: 10 },
    settings: { ...settings, fromMs: undefined },
    image: undefined,
    data: [{ ...bars!, name: "renamed" }],
  };
  expect(identityOf(same)).toBe(identityOf(identity));
  // Pinned: a record of yesterday has to be found equal tomorrow.
  expect(identityOf(identity)).toBe("a06d9a9c7c34e48594e39570d7d984605c860b7c10a796c089f752aecf34c49e");
});

test("a variant is the same on every window, and another with other files, parameters, settings", () => {
  const variant = variantOf(identity.digest, identity.parameters, settings);
  expect(variantOf(identity.digest, identity.parameters, { ...settings, fromMs: 7 })).toBe(variant);
  expect(variantOf("e".repeat(64), identity.parameters, settings)).not.toBe(variant);
  expect(variantOf(identity.digest, { fast: 11, slow: 30 }, settings)).not.toBe(variant);
  expect(variantOf(identity.digest, identity.parameters, { ...settings, warmup: 1 })).not.toBe(variant);
});

test("the digest of files is of names and contents, not of the order in which they were read", () => {
  const files = [
    { path: "a/b.yaml", sha256: "1" },
    { path: "a/a.yaml", sha256: "2" },
  ];
  expect(filesDigest(files.toReversed())).toBe(filesDigest(files));
  expect(
    filesDigest([
      { path: "a/b.yaml", sha256: "2" },
      { path: "a/a.yaml", sha256: "1" },
    ]),
  ).not.toBe(filesDigest(files));
});
