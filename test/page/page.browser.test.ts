import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barChart } from "../../src/page/bar-chart.ts";
import { detail, passage, remark } from "../../src/page/detail.ts";
import { graph } from "../../src/page/graph.ts";
import { page } from "../../src/page/page.ts";
import { spanChart } from "../../src/page/span-chart.ts";
import { heatTable, table } from "../../src/page/table.ts";
import { timeChart } from "../../src/page/time-chart.ts";
import { axe, describeBrowser, openBrowser, openPage } from "../support/browser.ts";
import { folder } from "../support/workspace.ts";

const hostile = [
  `<script>document.title='owned'</script>`,
  `"><img src=x onerror="alert(1)">`,
  `' onmouseover='alert(2)`,
  `</title></style><svg onload=alert(3)>`,
  `<iframe src="https://example.com">`,
  `<link rel=stylesheet href=https://example.com/a.css>`,
];

function everything(text: string): string {
  const n = 5000;
  const ts = Float64Array.from({ length: n }, (_, row) => Date.UTC(2000, 0, 3) + row * 86_400_000);
  const values = Float64Array.from({ length: n }, (_, row) => 100 + Math.sin(row / 40) * 20 + row / 50);
  const mark = { ts: ts[100] ?? 0, value: values[100] ?? 0, kind: "buy" as const, title: text };
  return page({
    title: text,
    lead: text,
    facts: [
      { name: text, value: text, tone: "up" },
      { name: "trades", value: "12" },
    ],
    notes: [text],
    sections: [
      {
        title: text,
        about: text,
        parts: [
          timeChart({
            title: text,
            about: text,
            ts,
            curves: [{ name: text, tone: "accent", values, fillTo: 100 }],
            marks: [mark],
            format: (value) => value.toFixed(0),
            rule: 100,
          }),
          barChart({
            title: text,
            about: text,
            bars: [
              { name: text, value: 3, tone: "accent" },
              { name: "loss", value: -1, tone: "down" },
            ],
            format: String,
          }),
          table(text, [{ title: text }, { title: "figure", kind: "number" }], [[text, "1"]]),
          spanChart({
            title: text,
            about: text,
            lanes: [{ name: text, spans: [{ fromMs: 0, toMs: 40, kind: "model", title: text }] }],
            pauses: [{ atMs: 20, label: text }],
            lengthMs: 40,
            format: String,
          }),
          graph(text, [
            { id: text, after: [], state: text, tone: "up" },
            { id: "s2", after: [text], state: "failed", tone: "down" },
          ]) ?? remark("none"),
          detail(text, text, [passage(text, text), remark(text)], "down"),
          heatTable(
            text,
            ["Jan", "Feb"],
            [
              { name: text, shares: [0.07, Number.NaN] },
              { name: "2001", shares: [-0.03, 0.0001] },
            ],
          ),
        ],
      },
    ],
    foot: text,
  });
}

describeBrowser("a page in a browser", () => {
  let browser: Browser;
  const dir = folder();
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser.close());
  const written = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };

  test.each(hostile)("shows %s as text, in every place where a text can stand", async (text) => {
    const { page, requests, complaints } = await openPage(browser, written("hostile.html", everything(text)));
    await page.hover("h1");
    expect([requests, complaints]).toEqual([[], []]);
    expect(await page.title()).toBe(text.trim());
    expect(await page.textContent("h1")).toBe(text);
    expect(await page.locator("script, iframe, img, link, object, embed").count()).toBe(0);
    expect(
      await page.evaluate("[...document.querySelectorAll('*')].flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith('on'))"),
    ).toEqual([]);
    await page.context().close();
  });

  test("loads nothing and runs nothing even where somebody writes a script into the file", async () => {
    const file = written(
      "edited.html",
      everything("fine").replace("</main>", `<img src="https://example.com/x.png"><script>document.title = "owned"</script></main>`),
    );
    const { page, complaints } = await openPage(browser, file);
    expect(await page.title()).toBe("fine");
    expect(complaints.filter((said) => said.includes("Content Security Policy"))).toHaveLength(2);
    await page.context().close();
  });

  test.each([
    ["wide", 1280, false],
    ["wide and dark", 1280, true],
    ["narrow", 390, false],
  ])("%s: nothing is out of reach for keyboard and screen reader, and the page does not scroll sideways", async (_name, widthPx, dark) => {
    const { page } = await openPage(browser, written("axe.html", everything("A fine strategy")), { widthPx, dark });
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe("group");
    await page.context().close();
  });
});
