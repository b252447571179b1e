import { expect, test } from "vitest";
import { amount, figure, money, share } from "../../src/base/figures.ts";

test("figures read as people write them", () => {
  expect([share(0.0341), share(-0.5678), share(1.5), share(Number.NaN)]).toEqual(["3.41 %", "-56.8 %", "150 %", "-"]);
  expect([money(12.5), money(-1234.56), money(0), money(Infinity)]).toEqual(["12.50", "-1,235", "0.00", "-"]);
  expect([amount(1.2345678), amount(0.00012345), amount(123456), amount(Number.NaN)]).toEqual(["1.235", "0.0001235", "123,456", "-"]);
});

test("rounding is seen, hides no sign and makes nothing whole", () => {
  expect([share(0.31049), share(0.005001), share(0.07), share(0), share(-0)]).toEqual(["31.0 %", "0.50 %", "7 %", "0 %", "0 %"]);
  expect([share(0.9996), share(-0.99999), share(1), share(1.00001), share(0.996)]).toEqual(["99.96 %", "-99.999 %", "100 %", "100.0 %", "99.6 %"]);
  expect([share(-0.000001), money(-0.001), money(-0)]).toEqual(["0.00 %", "0.00", "0.00"]);
});

test("what is not defined is a dash, whatever its unit", () => {
  expect([figure(null, "share"), figure(0, "share"), figure(0.5, "share"), figure(3, "days"), figure(1.5, "ratio"), figure(2, undefined)]).toEqual([
    "-",
    "0 %",
    "50 %",
    "3 days",
    "1.5",
    "2",
  ]);
});
