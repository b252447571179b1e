import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricTable } from "../../../src/backtest/metrics.ts";
import type { Report } from "../../../src/operations/report-backtest.ts";
import { axe, describeBrowser, openBrowser, openPage } from "../../support/browser.ts";
import { cli } from "../../support/cli.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";

const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
const parameters = {
  fast: { type: "integer", default: 10, min: 2, max: 60 },
  slow: { type: "integer", default: 30, min: 10, max: 250, step: 10 },
  note: { type: "choice", default: hostile, values: [hostile, "plain"] },
};

interface Ran {
  backtest: { backtest: string; trades: number };
}

test("report: the path on stdout, one of ours is written anew, anything else is left alone", async () => {
  const { dir } = strategyWorkspace();
  const { backtest } = (await cli(dir, ["backtest", "run", "sma-cross", "--json"])).json() as Ran;
  const path = join(dir, `backtest-${backtest.backtest}.html`);
  expect((await cli(dir, ["backtest", "report", backtest.backtest])).stdout).toBe(`${path}\n`);
  const page = readFileSync(path, "utf8");
  expect((await cli(dir, ["backtest", "report", backtest.backtest.slice(0, 8), "--json"])).json()).toEqual({
    backtest: backtest.backtest,
    path,
    bytes: Buffer.byteLength(page),
  } satisfies Report);
  expect(readFileSync(path, "utf8")).toBe(page);

  writeFileSync(join(dir, "notes.html"), "mine");
  const refused = await cli(dir, ["backtest", "report", backtest.backtest, "--out", "notes.html"], { expectExit: 2 });
  expect(refused.stderr).toContain("notes.html is there and is not a report");
  expect(readFileSync(join(dir, "notes.html"), "utf8")).toBe("mine");
  await cli(dir, ["backtest", "report", backtest.backtest, "--out", "notes.html", "--force"]);
  expect(readFileSync(join(dir, "notes.html"), "utf8")).toBe(page);

  mkdirSync(join(dir, "folder"));
  expect((await cli(dir, ["backtest", "report", backtest.backtest, "--out", "folder"], { expectExit: 2 })).stderr).toContain("is there and is not a report");
  expect((await cli(dir, ["backtest", "report", backtest.backtest, "--out", "none/report.html"], { expectExit: 2 })).stderr).toContain("cannot be written");
  expect((await cli(dir, ["backtest", "report", "bt-nothere"], { expectExit: 2 })).stderr).toContain(`there is no backtest "bt-nothere"`);
});

describeBrowser("the report of a backtest in a browser", () => {
  let browser: Browser;
  let report: Report;
  let ran: Ran;
  beforeAll(async () => {
    browser = await openBrowser();
    const { dir } = strategyWorkspace(smaCross("sma-cross", { parameters }));
    ran = (await cli(dir, ["backtest", "run", "sma-cross", "--json"])).json() as Ran;
    report = (await cli(dir, ["backtest", "report", ran.backtest.backtest, "--json"])).json() as Report;
  });
  afterAll(() => browser.close());

  test("shows what there is to know, asks nobody for anything, and runs nothing", async () => {
    const { page, requests, complaints } = await openPage(browser, report.path);
    expect([requests, complaints]).toEqual([[], []]);
    expect(await page.title()).toBe("sma-cross");
    expect(await page.textContent(".lead")).toBe(`sp500-daily · 2000-02-15 … 2020-04-17 · fast 10 · note ${hostile} · slow 30`);
    expect(await page.locator("section h2").allTextContents()).toEqual([
      "Equity and drawdown",
      "Trades on sp500-daily",
      "Months",
      "Rolling Sharpe ratio",
      "Costs",
      "Where this backtest may lie",
      "Trades",
      "Metrics",
      "Where this comes from",
    ]);
    expect(await page.locator("img, script, iframe").count()).toBe(0);
    expect(await page.locator(".facts dt").allTextContents()).toHaveLength(8);
    expect(await page.locator("svg.wide .mark").count()).toBe(2 * ran.backtest.trades);
    expect(await page.locator("svg.wide .mark title").first().textContent()).toMatch(
      /^long [\d.]+\n[\d-]+ at [\d,.]+ → [\d-]+ at [\d,.]+ \(signal\)\n-?[\d,.]+ = -?[\d.]+ %$/,
    );
    expect(await page.locator(".heat tbody tr").count()).toBe(21);
    expect(await page.getByLabel("Every metric with its definition and source").locator("tbody tr").count()).toBe(metricTable.length);
    expect(await page.getByText("agentctl backtest reproduce").textContent()).toContain(ran.backtest.backtest);
    await page.context().close();
  });

  test.each([
    ["wide", 1280, false],
    ["wide and dark", 1280, true],
    ["narrow", 390, false],
  ])("%s: no barrier that axe-core knows, charts of their own size, nothing beside the window", async (kind, widthPx, dark) => {
    const { page } = await openPage(browser, report.path, { widthPx, dark });
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const shown = kind === "narrow" ? "narrow" : "wide";
    expect(await page.locator("svg:visible").evaluateAll((found) => [...new Set(found.map((svg) => svg.getAttribute("class")))])).toEqual([shown]);
    const letters = await page.locator("svg:visible .axis text").first().boundingBox();
    expect(letters?.height).toBeGreaterThan(9);
    const shot = await page.screenshot({ fullPage: true });
    expect(shot.byteLength).toBeGreaterThan(50_000);
    await page.context().close();
  });

  test("tables that are wider than a narrow window are scrolled by keyboard", async () => {
    const { page } = await openPage(browser, report.path, { widthPx: 390 });
    const months = page.getByLabel("Return by month, in percent");
    await months.focus();
    // The page scrolls at its next frame, which on a busy machine comes late.
    const pressed = async (): Promise<number> => {
      await page.keyboard.press("ArrowRight");
      return await months.evaluate((region) => region.scrollLeft);
    };
    await expect.poll(pressed, { interval: 200 }).toBeGreaterThan(0);
    await page.context().close();
  });
});
