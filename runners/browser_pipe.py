"""A headless Chromium of its own for browser_driver.py, and the talk with it: the DevTools protocol over two pipes, no port and no socket."""

import json
import os
import select
import subprocess
import time

PROGRAM = "/usr/lib/chromium/chromium-headless-shell"
MESSAGE_BYTES_MAX = 32 << 20
START_SECONDS = 20

# The container is the wall: Chromium's own sandbox needs namespaces and system calls that no job gets. What is off here is what would only cost or leak.
SWITCHES = """
  --no-sandbox --no-zygote --disable-gpu --disable-dev-shm-usage --disable-breakpad --disable-crash-reporter --no-first-run --no-default-browser-check
  --user-data-dir=/tmp/browser --disk-cache-size=1 --incognito --hide-scrollbars --mute-audio --block-new-web-contents --deny-permission-prompts
  --disable-background-networking --disable-component-update --disable-component-extensions-with-background-pages --disable-default-apps --disable-extensions
  --disable-sync --disable-domain-reliability --disable-client-side-phishing-detection --disable-quic --disable-notifications --disable-speech-api
  --dns-prefetch-disable --no-pings --disable-remote-fonts --disable-3d-apis --disable-databases --disable-file-system
  --force-webrtc-ip-handling-policy --webrtc-ip-handling-policy=disable_non_proxied_udp --renderer-process-limit=2 --js-flags=--max-old-space-size=256
  --disable-features=AsyncDns,DnsOverHttps,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,InterestFeed,SpareRendererForSitePerProcess
  --disable-site-isolation-trials --disable-renderer-backgrounding --password-store=basic --remote-debugging-pipe
""".split()


class Gone(Exception):
    """The browser cannot go on; the message goes to the model."""


class Late(Exception):
    """It did not answer in time."""


class Browser:
    """As a context: at its end every process of it is killed."""

    def __init__(self, proxy):
        address = proxy.removeprefix("http://").rpartition(":")[0]
        self.on_event = lambda method, params, session: None
        self.number, self.rest, self.answers, self.awaited = 0, bytearray(), {}, set()
        hears, self.writes = os.pipe()
        self.reads, tells = os.pipe()
        # It reads descriptor 3 and writes 4.
        command = ["/bin/sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (hears, tells), "sh", PROGRAM, *SWITCHES]
        own = ["--proxy-server=" + proxy, "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE " + address, "about:blank"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([*command, *own], pass_fds=(hears, tells), start_new_session=True, **quiet)
        os.close(hears)
        os.close(tells)

    def __enter__(self):
        self.ask("Browser.getVersion", seconds=START_SECONDS)
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()

    def send(self, method, params=None, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}, **({} if session is None else {"sessionId": session})}
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.writes, data) :]
        except OSError:
            raise Gone("the browser ended") from None
        return self.number

    def ask(self, method, params=None, session=None, seconds=10):
        number = self.send(method, params, session)
        self.awaited.add(number)
        try:
            if not self.hear_until(lambda: number in self.answers, time.monotonic() + seconds):
                raise Late("the page keeps the browser from answering (%s)" % method)
        finally:
            self.awaited.discard(number)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Gone("the browser refused %s: %s" % (method, str(answer["error"].get("message"))[:200]))
        return answer.get("result", {})

    def hear_until(self, is_enough, ends):
        """Takes what comes until it is enough; False when the time is over first."""
        while not is_enough():
            left = ends - time.monotonic()
            if left <= 0:
                return False
            if select.select([self.reads], [], [], min(left, 0.1))[0]:
                self.take(os.read(self.reads, 1 << 20))
        return True

    def take(self, data):
        if not data:
            raise Gone("the browser ended")
        start = len(self.rest)
        self.rest += data
        if len(self.rest) > MESSAGE_BYTES_MAX:
            raise Gone("the browser says more at once than is taken")
        # Only what is new can hold an end: a long message is not searched again and again.
        while (end := self.rest.find(b"\0", start)) >= 0:
            message, start = json.loads(self.rest[:end]), 0
            del self.rest[: end + 1]
            self.one(message)

    def one(self, message):
        if "method" in message:
            self.on_event(message["method"], message.get("params", {}), message.get("sessionId"))
        elif message.get("id") in self.awaited:
            self.answers[message["id"]] = message
