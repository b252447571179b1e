"""Runs in a container, never on the host: an IPython kernel behind lines of JSON on stdin and stdout.

Started as `python3 -I sidecar_bridge.py OUTPUT_BYTES`; cells run in the working directory.

stdin   {"op":"execute","id":n,"code":text}   one at a time
        {"op":"interrupt"}                    KeyboardInterrupt in what runs
        {"op":"restart"}                      kill the kernel and all its processes, start another
stdout  {"t":"ready"}                                   a kernel waits for a cell: at the start, and after each "died"
        {"t":"text","id":n,"name":"stdout","text":t}    or "stderr"
        {"t":"data","id":n,"mime":m,"data":d}           something displayed; a PNG in base64, JSON as text
        {"t":"result","id":n,"text":t}                  the value of the last expression
        {"t":"error","id":n,"name":e,"value":v,"traceback":t}
        {"t":"done","id":n,"ok":b,"truncated":b}        the cell has ended; truncated: output beyond OUTPUT_BYTES was dropped
        {"t":"died","id":n,"code":c,"memory":b}         the kernel ended; id is null between cells; memory: the limit was reached

The kernel has the same user id and may send anything over its sockets, so nothing it says is kept beyond the cell's budget, and the
host believes this program no more than the kernel. What a kernel did to its process or its sockets ends with them: each one has its own.
Spoken to by hand, without jupyter_client, which would cost 200 ms and 30 MB.
"""

import hashlib
import hmac
import json
import os
import signal
import sys
import time

CHUNK = 65536
PIECE = 200_000
ERROR_CHARS = 32_768
START_S = 25.0
IDLE_LATE_S = 1.0
MESSAGE_BYTES_MAX = 64 << 20
SHOWN = ("image/png", "text/html", "application/json")

# Before ipykernel runs. What a cell prints beyond its budget is dropped where it arises, so that a gigabyte of it fills no queue; bytes that
# are no UTF-8 do not end the thread that reads them; forked children speak through a file, since ZeroMQ lists the interfaces for TCP, which no
# job may. Completion and prompts are for people who type: a third of the start.
BOOT = """
import os, sys, types
sys.modules["jedi"] = None
embed = sys.modules["IPython.terminal.embed"] = types.ModuleType("IPython.terminal.embed")
embed.embed = None
import zmq
from ipykernel import iostream, ipkernel, kernelapp
for name in ("jedi", embed.__name__):
    del sys.modules[name]

CHILDREN = "ipc://" + sys.argv.pop()

class Thread(iostream.IOPubThread):
    def _setup_pipe_in(self):
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(CHILDREN)
        self._pipe_in = iostream.ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self):
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(CHILDREN)
        return context, pipe

class Stream(iostream.OutStream):
    left = budget = int(sys.argv.pop())

    def set_parent(self, parent):
        self.left = self.budget
        super().set_parent(parent)

    def write(self, string):
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        if self.left >= 0:
            super().write(string[: self.left + 1])
            self.left -= len(string)
        return len(string)

    def _watch_pipe_fd(self):
        data = os.read(self._fid, 65536)
        while data and self._should_watch:
            self.write(data.decode(errors="replace"))
            data = os.read(self._fid, 65536)

iostream.OutStream = Stream
kernelapp.IOPubThread = Thread
kernelapp.IPKernelApp.outstream_class.default_value = "ipykernel.iostream.OutStream"
kernelapp.launch_new_instance()
"""


def emit(record):
    data = memoryview(json.dumps(record, ensure_ascii=False).encode(errors="replace") + b"\n")
    while data:
        data = data[os.write(1, data) :]


def hide():
    """PR_SET_DUMPABLE 0: the kernel cannot open this process's memory or pipes under /proc."""
    import ctypes

    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)


def memory_kills():
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path, encoding="ascii") as lines:
                for line in lines:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        except OSError:
            pass
    return 0


class Lost(Exception):
    """The kernel ended, or does not come up."""


class Kernel:
    """One kernel process and the sockets to it."""

    count = 0

    def __init__(self, context, output_bytes):
        import zmq

        self.kills_before = memory_kills()
        Kernel.count += 1
        # Not a name that an earlier kernel could have taken.
        name = "/tmp/kernel-%d-%s" % (Kernel.count, os.urandom(8).hex())
        self.key = os.urandom(32).hex().encode()
        self.pid = self.spawn(name, output_bytes)
        self.shell = context.socket(zmq.DEALER)
        self.iopub = context.socket(zmq.SUB)
        for socket, port in ((self.shell, 1), (self.iopub, 2)):
            socket.linger = 0
            socket.rcvhwm = 64
            socket.maxmsgsize = MESSAGE_BYTES_MAX
            socket.reconnect_ivl = 10
            socket.connect("ipc://%s-%d" % (name, port))
        self.iopub.subscribe(b"")
        self.session = os.urandom(8).hex()
        self.sent = 0

    def spawn(self, name, output_bytes):
        ports = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}
        with open(name + ".json", "x", encoding="ascii") as file:
            json.dump({"transport": "ipc", "ip": name, "key": self.key.decode(), "signature_scheme": "hmac-sha256", **ports}, file)
        silent = os.open("/dev/null", os.O_RDWR)
        errors = os.open("/tmp/kernel.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        # Its backend draws what a cell leaves open as PNG.
        env = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline", "JUPYTER_RUNTIME_DIR": "/tmp", "NO_COLOR": "1", "TERM": "dumb"}
        env.pop("AGENTCTL_OUT", None)
        options = ["-f", name + ".json", "--HistoryManager.enabled=False", "--InteractiveShell.colors=NoColor", str(output_bytes), name + "-6"]
        until = time.monotonic() + 5
        try:
            while True:
                try:
                    pid = os.posix_spawn(
                        sys.executable,
                        [sys.executable, "-P", "-c", BOOT, *options],
                        env,
                        file_actions=[(os.POSIX_SPAWN_DUP2, silent, 0), (os.POSIX_SPAWN_DUP2, silent, 1), (os.POSIX_SPAWN_DUP2, errors, 2)],
                        setsid=True,
                        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
                    )
                    break
                except BlockingIOError:
                    # The limit of processes, until those of the last kernel are gone.
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.02)
        finally:
            os.close(silent)
            os.close(errors)
        try:
            # Where memory runs out it goes first.
            with open("/proc/%d/oom_score_adj" % pid, "w", encoding="ascii") as file:
                file.write("1000")
        except OSError:
            pass
        return pid

    def request(self, kind, content):
        """Sends a request and returns its id."""
        self.sent += 1
        message = "%s-%d" % (self.session, self.sent)
        header = {"msg_id": message, "msg_type": kind, "session": self.session, "username": "", "date": "2000-01-01T00:00:00Z", "version": "5.3"}
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        signature = hmac.new(self.key, b"".join(parts), hashlib.sha256).hexdigest().encode()
        self.shell.send_multipart([b"<IDS|MSG>", signature, *parts])
        return message

    def wait(self):
        """Until a kernel's answer comes all the way: a subscription takes its time, and an idle that is lost is not told again."""
        asked, until, next_ask = set(), time.monotonic() + START_S, 0.0
        while True:
            now = time.monotonic()
            if self.ended() is not None or now > until:
                raise Lost
            if now >= next_ask:
                asked.add(self.request("kernel_info_request", {}))
                next_ask = now + 0.1
            if self.iopub.poll(20):
                kind, parent, content = receive(self.iopub, CHUNK)
                if kind == "status" and parent in asked and content.get("execution_state") == "idle":
                    return

    def ended(self):
        """Its exit code, negative for a signal; None while it lives."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def interrupt(self):
        try:
            os.killpg(self.pid, signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            pass

    def close(self):
        for socket in (self.shell, self.iopub):
            socket.close()


def receive(socket, content_max):
    """(type, id of the request, content) of a message; content is None where it is larger than that. What cannot be read has the type None."""
    frames = socket.recv_multipart()
    try:
        at = frames.index(b"<IDS|MSG>")
        header, parent, _, body = frames[at + 2 : at + 6]
        if len(header) > CHUNK or len(parent) > CHUNK:
            return None, None, {}
        kind, message = json.loads(header)["msg_type"], json.loads(parent).get("msg_id")
        content = None if len(body) > content_max else json.loads(body)
        if isinstance(kind, str) and isinstance(message, str) and (content is None or isinstance(content, dict)):
            return kind, message, content
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return None, None, {}


def end_kernel(kernel):
    """Kills it and every process that it left."""
    if os.getppid() == 1:
        try:
            # All but the first process and this one.
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        os.killpg(kernel.pid, signal.SIGKILL)


class Cell:
    """One cell that runs: what it may still say, and how far its end is known."""

    def __init__(self, number, message, output_bytes):
        self.number = number
        self.message = message
        self.left = output_bytes
        self.truncated = False
        self.ok = None
        # An interrupt before it runs would be lost: the kernel ignores them while it waits.
        self.begun = False
        self.unwanted = False
        self.idle = False
        self.replied_at = None

    def take(self, text):
        """As much of a text as the budget holds."""
        size = len(text) if text.isascii() else len(text.encode(errors="replace"))
        if size > self.left:
            self.truncated = True
            text = text.encode(errors="replace")[: self.left].decode(errors="ignore")
            size = self.left
        self.left -= size
        return text

    def say(self, record):
        emit({**record, "id": self.number})

    def text(self, name, text):
        text = self.take(text)
        for at in range(0, len(text), PIECE):
            self.say({"t": "text", "name": name, "text": text[at : at + PIECE]})

    def hear(self, kind, content):
        """A message of the kernel's that belongs to it."""
        if kind == "status":
            self.idle = self.idle or (content or {}).get("execution_state") == "idle"
        elif kind == "execute_input":
            self.begun = True
        elif content is None:
            self.truncated = True
        elif kind == "stream":
            self.text("stderr" if content.get("name") == "stderr" else "stdout", plain(content.get("text")))
        elif kind in ("display_data", "update_display_data", "execute_result"):
            self.show(content.get("data"), kind == "execute_result")
        elif kind == "error":
            self.error(content)

    def error(self, content):
        lines = content.get("traceback")
        told = "\n".join(plain(line) for line in lines[-200:]) if isinstance(lines, list) else ""
        name, value = (plain(content.get(key))[:ERROR_CHARS] for key in ("ename", "evalue"))
        self.say({"t": "error", "name": name[:200], "value": value, "traceback": told[-ERROR_CHARS:]})

    def show(self, data, is_result):
        if not isinstance(data, dict):
            return
        said = plain(data.get("text/plain"))
        if is_result:
            text = self.take(said)
            for at in range(0, len(text), PIECE):
                self.say({"t": "result", "text": text[at : at + PIECE]})
        elif said and "image/png" not in data:
            self.whole("text/plain", said)
        for mime in SHOWN:
            if mime in data:
                self.whole(mime, json.dumps(data[mime]) if mime == "application/json" else plain(data[mime]))

    def whole(self, mime, data):
        """Half a picture is none."""
        size = len(data.encode(errors="replace"))
        # Escapes make a line longer; the host takes lines of up to twice the budget and 1 MiB.
        if size > self.left or len(json.dumps(data)) > 2 * self.left + (1 << 20):
            self.truncated = True
            return
        self.left -= size
        self.say({"t": "data", "mime": mime, "data": data})

    @property
    def over(self):
        # An idle that does not come was lost with other messages, or is kept back.
        return self.replied_at is not None and (self.idle or time.monotonic() > self.replied_at + IDLE_LATE_S)


def plain(value):
    return value if isinstance(value, str) else ""


class Bridge:
    def __init__(self, output_bytes):
        import zmq

        self.zmq = zmq
        self.output_bytes = output_bytes
        self.context = zmq.Context(1)
        self.poller = zmq.Poller()
        self.wake, bell = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(bell, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        self.poller.register(0, zmq.POLLIN)
        self.poller.register(self.wake, zmq.POLLIN)
        self.rest = b""
        self.cell = None
        self.start()

    def start(self):
        """A kernel that answers; a second try, for one that something left behind has killed."""
        for last in (False, True):
            self.kernel = Kernel(self.context, self.output_bytes)
            try:
                self.kernel.wait()
                break
            except Lost:
                end_kernel(self.kernel)
                self.kernel.close()
                if last:
                    with open("/tmp/kernel.err", encoding="utf-8", errors="replace") as file:
                        sys.exit("the kernel does not start: " + file.read(65536).strip()[-1500:])
        for socket in (self.kernel.shell, self.kernel.iopub):
            self.poller.register(socket, self.zmq.POLLIN)
        emit({"t": "ready"})

    def restart(self, code):
        end_kernel(self.kernel)
        memory = memory_kills() > self.kernel.kills_before
        emit({"t": "died", "id": None if self.cell is None else self.cell.number, "code": code, "memory": memory})
        self.cell = None
        for socket in (self.kernel.shell, self.kernel.iopub):
            self.poller.unregister(socket)
        self.kernel.close()
        if code is None:
            os.waitpid(self.kernel.pid, 0)
        self.start()

    def run(self):
        while True:
            ready = dict(self.poller.poll(100 if self.cell is not None and self.cell.replied_at is not None else None))
            if 0 in ready and not self.read():
                return
            if self.kernel.iopub in ready:
                self.hear_all()
            if self.kernel.shell in ready:
                self.answered()
            if self.wake in ready:
                os.read(self.wake, CHUNK)
                code = self.kernel.ended()
                if code is not None:
                    self.hear_all()
                    self.restart(code)
            if self.cell is not None and self.cell.begun and self.cell.unwanted:
                self.cell.unwanted = False
                self.kernel.interrupt()
            if self.cell is not None and self.cell.over:
                self.cell.say({"t": "done", "ok": self.cell.ok, "truncated": self.cell.truncated})
                self.cell = None

    def hear_all(self):
        """What has come, but never so much at once that nobody else is heard."""
        for _ in range(64):
            if not self.kernel.iopub.poll(0):
                return
            kind, parent, content = receive(self.kernel.iopub, self.output_bytes * 4 + CHUNK)
            if self.cell is not None and parent == self.cell.message:
                self.cell.hear(kind, content)

    def answered(self):
        kind, parent, content = receive(self.kernel.shell, CHUNK * 16)
        if self.cell is None or parent != self.cell.message or kind != "execute_reply":
            return
        self.cell.ok = (content or {}).get("status") == "ok"
        self.cell.replied_at = time.monotonic()

    def read(self):
        """What the host asks; False at its end."""
        data = os.read(0, CHUNK)
        self.rest += data
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            asked = json.loads(line)
            if asked["op"] == "execute":
                self.execute(asked["id"], asked["code"])
            elif asked["op"] == "interrupt" and self.cell is not None:
                self.cell.unwanted = True
            elif asked["op"] == "restart":
                self.restart(None)
        return bool(data)

    def execute(self, number, code):
        # What a thread of the last cell has said meanwhile is nobody's.
        self.hear_all()
        # To stop on errors means for ipykernel to refuse what comes next within 0.1 s, too.
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
        self.cell = Cell(number, self.kernel.request("execute_request", content), self.output_bytes)


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    hide()
    Bridge(int(sys.argv[1])).run()


if __name__ == "__main__":
    main()
