"""Runs in a container, never on the host: shows one page in a browser that reaches nothing but the call's proxy, and says what is on it.

stdin   one line of JSON: {"url": u, "proxy": "http://address:port", "waitMs": n, "seconds": n, "textMax": characters, "linksMax": n}
stdout  one object of JSON: {"ok": true, "url", "status", "title", "text", "links": [[text, url]], …} or {"ok": false, "why": w}
/work/out/page.png is what was to be seen. The page is hostile, and so may the browser be after it: the host takes all of this for data of unknown origin.
"""

import base64
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from browser_pipe import Browser, Gone, Late  # noqa: E402

OUT = "/work/out"
PICTURE_BYTES_MAX = 4 << 20
WIDTH, HEIGHT = 1280, 960
# Of a page that is still busy, once its scripts were stopped.
LAST_SECONDS = 10
QUIET_SECONDS = 0.5
DIALOGS_MAX = 20

# In a world of its own: what the page's scripts did to prototypes and functions does not reach in here.
LOOK = """(() => {
  const short = (text, most) => String(text ?? "").slice(0, most);
  const body = document.body ?? document.documentElement;
  const text = body instanceof HTMLElement ? body.innerText : body?.textContent;
  const links = [], seen = new Set();
  for (const link of document.links) {
    if (links.length >= LINKS || seen.size > 5000) break;
    const url = link.href;
    if (typeof url !== "string" || url.length > 2000 || !/^https?:/.test(url) || seen.has(url)) continue;
    seen.add(url);
    const words = short(link.innerText, 400).replace(/\\s+/g, " ").trim().slice(0, 100);
    if (words !== "") links.push([words, url]);
  }
  const title = document.querySelector("title")?.textContent;
  return { url: location.href, title: short(title, 300), text: short(text, TEXT), characters: String(text ?? "").length, links };
})()"""


class Page:
    """What became known of the page while it loaded."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session
        self.frame = self.loaded = self.status = None
        self.heading = ""
        self.moved = time.monotonic()
        self.counts = {"dialogs": 0, "popups": 0, "downloads": 0, "failed": 0}
        self.waiting = set()

    def tell(self, method, **params):
        self.browser.send(method, params, self.session)

    def ask(self, method, seconds, **params):
        return self.browser.ask(method, params, self.session, seconds)

    def hear(self, method, params, session):
        if method == "Target.targetCreated":
            target = params["targetInfo"]
            if target["type"] == "page" and target["targetId"] != self.target:
                self.counts["popups"] += 1
                self.browser.send("Target.closeTarget", {"targetId": target["targetId"]})
        elif method == "Browser.downloadWillBegin":
            self.counts["downloads"] += 1
        elif session != self.session:
            return
        elif method == "Page.javascriptDialogOpening":
            self.dialog()
        elif method == "Page.loadEventFired":
            self.loaded = time.monotonic()
        elif method == "Inspector.targetCrashed":
            raise Gone("the page crashed the browser, or needed more memory than it may have")
        elif method.startswith("Network."):
            self.network(method.removeprefix("Network."), params)

    def dialog(self):
        self.counts["dialogs"] += 1
        self.tell("Page.handleJavaScriptDialog", accept=False)
        if self.counts["dialogs"] == DIALOGS_MAX:
            self.stop()
            self.loaded = self.loaded or time.monotonic()

    def stop(self):
        """Of a page that never ends: what runs is ended, and nothing runs again."""
        self.tell("Emulation.setScriptExecutionDisabled", value=True)
        self.tell("Runtime.terminateExecution")
        self.tell("Page.stopLoading")

    def network(self, what, params):
        self.moved = time.monotonic()
        if what == "requestWillBeSent":
            self.waiting.add(params["requestId"])
            forget_many(self.waiting)
            if params.get("type") == "Document" and params.get("frameId") == self.frame:
                self.heading = params["request"]["url"][:4000]
        elif what in ("loadingFinished", "loadingFailed"):
            self.waiting.discard(params["requestId"])
            self.counts["failed"] += what == "loadingFailed" and not params.get("canceled", False)
        elif what == "responseReceived" and params.get("type") == "Document" and params.get("frameId") == self.frame:
            self.status = params["response"]["status"]

    def is_quiet(self, wait_s):
        """Loaded, the asked time is over, and nothing is under way any more."""
        now = time.monotonic()
        return self.loaded is not None and now - self.loaded >= wait_s and (not self.waiting or now - self.moved >= 2) and now - self.moved >= QUIET_SECONDS


def forget_many(numbers):
    """A page may begin any number of requests; beyond this they are not waited for."""
    if len(numbers) > 2000:
        numbers.clear()


def main():
    request = json.loads(sys.stdin.readline())
    started = time.monotonic()
    try:
        with Browser(request["proxy"]) as browser:
            said = {"ok": True, **visit(browser, request, started + request["seconds"])}
    except (Gone, Late) as error:
        said = {"ok": False, "why": str(error), "url": getattr(error, "heading", "")}
    said["seconds"] = round(time.monotonic() - started, 3)
    json.dump(said, sys.stdout)


def visit(browser, request, ends):
    page = open_page(browser)
    found = page.ask("Page.navigate", request["seconds"], url=request["url"])
    if "errorText" in found:
        raise unopened(page, found["errorText"])
    in_time = browser.hear_until(lambda: page.is_quiet(request["waitMs"] / 1000), ends)
    # What is looked at has to hold still, and must not ask for anything any more.
    page.stop()
    seen = look(page, request)
    if seen["url"].startswith("chrome-error:"):
        raise unopened(page, "what it led to did not load")
    said = {**seen, "status": page.status, "inTime": in_time, **page.counts}
    if picture(page):
        said["picture"] = "page.png"
    return said


def unopened(page, why):
    """With where it was being led when it failed: a redirect to what was not granted ends so."""
    error = Gone("the browser could not open it: %s" % why)
    error.heading = page.heading
    return error


def open_page(browser):
    target = browser.ask("Target.createTarget", {"url": "about:blank", "width": WIDTH, "height": HEIGHT})["targetId"]
    session = browser.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
    page = Page(browser, target, session)
    browser.on_event = page.hear
    browser.ask("Target.setDiscoverTargets", {"discover": True})
    browser.ask("Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True})
    for method in ("Page.enable", "Network.enable", "Inspector.enable"):
        page.ask(method, 10)
    page.ask("Network.setBlockedURLs", 10, urls=["file:*", "chrome:*", "devtools:*", "view-source:*", "filesystem:*", "ftp:*"])
    page.frame = page.ask("Page.getFrameTree", 10)["frameTree"]["frame"]["id"]
    # The window that the browser began with was none of the page's.
    page.counts["popups"] = 0
    return page


def look(page, request):
    script = LOOK.replace("LINKS", str(request["linksMax"])).replace("TEXT", str(request["textMax"]))
    world = page.ask("Page.createIsolatedWorld", LAST_SECONDS, frameId=page.frame, worldName="look")["executionContextId"]
    answer = page.ask("Runtime.evaluate", LAST_SECONDS, expression=script, contextId=world, returnByValue=True, timeout=LAST_SECONDS * 1000)
    value = answer.get("result", {}).get("value")
    if not isinstance(value, dict):
        raise Gone("the page did not let itself be read")
    return value


def picture(page):
    """Keeps what is to be seen; a page that cannot be drawn has none."""
    try:
        data = base64.b64decode(page.ask("Page.captureScreenshot", LAST_SECONDS, format="png", optimizeForSpeed=False)["data"])
    except (Late, Gone, KeyError):
        return False
    if len(data) > PICTURE_BYTES_MAX:
        return False
    os.makedirs(OUT, exist_ok=True)
    with open(OUT + "/page.png", "wb") as file:
        file.write(data)
    return True


main()
