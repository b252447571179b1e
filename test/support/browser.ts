import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { describe } from "vitest";

/** What bin/setup.js found, else where Debian puts it. */
const program = process.env["AGENTCTL_BROWSER"] || "/usr/bin/chromium";
const expected = existsSync(program) || Boolean(process.env["CI"]);

/** A `describe` for tests that look at a page in a real browser. Where there is none they are skipped, loudly; in CI they run all the same, and fail. */
export const describeBrowser = expected ? describe : describe.skip;

if (!expected) process.stderr.write(`SKIPPED  tests that look at pages: there is no browser at ${program} (AGENTCTL_BROWSER names one)\n`);

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: program, headless: true, args: quiet });
}

export interface Seen {
  page: Page;
  /** Every request but the page's own. */
  requests: string[];
  /** What a script or a refused load said. */
  complaints: string[];
}

/** Opens a file in a window of that width. */
export async function openPage(browser: Browser, file: string, options: { widthPx?: number; dark?: boolean } = {}): Promise<Seen> {
  const context = await browser.newContext({
    viewport: { width: options.widthPx ?? 1280, height: 900 },
    colorScheme: options.dark === true ? "dark" : "light",
    bypassCSP: false,
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on("request", (request) => request.url() !== own && requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return { page, requests, complaints };
}

export interface Violation {
  id: string;
  nodes: string[];
}

/** What axe-core finds wrong for people who do not see, or use a keyboard. */
export async function axe(page: Page): Promise<Violation[]> {
  const { source } = (await import("axe-core")).default;
  // The page's own policy runs no script; the examiner comes in from outside it.
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  await page.reload();
  await page.evaluate(source);
  const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 200)) }));
}
