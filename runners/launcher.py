"""The first process of every job container: files and one command in on stdin, framed records out on stdout.

Started as `python3 -I -S -E -B /agentctl/launcher.py`; standard library only. Protocol version 1:

stdin   one line of JSON, then `tarBytes` of tar (plain files and folders, unpacked under /work), then `stdinBytes` for the program.
        "env" is laid over the environment that the image declares.
        {"command": [...], "cwd": "/work/skill", "env": {...}, "timeoutMs": n, "outputBytes": n, "tarBytes": n, "stdinBytes": n,
         "artifactBytes": n, "artifactCount": n}
        With "live": true all that follows goes to the program as it comes, its output has no cap, and no tar comes back. The host
        sends no more than WINDOW bytes ahead of what was taken: so stdin is always read, and its end is always seen.
        The end of stdin, at any moment, means that nobody waits any more: everything is killed and the container ends.
stdout  records, each one line of JSON; where it carries "n", n bytes follow:
        {"t":"ready","v":1}                  blocked on stdin
        {"t":"started"}                      the program runs; only with "live", as the next one
        {"t":"took","n":n}                   the program has n bytes more of its stdin
        {"t":"out","n":n}  {"t":"err","n":n}   what the program wrote
        {"t":"tar","n":n}                    a piece of /work/out as tar
        {"t":"refused","path":p,"why":w}     left out of that tar
        {"t":"exit","code":c,"signal":s,"why":w,"oomKills":k}   last; why is "exit", "timeout" or "overflow"; code or signal is null
        {"t":"fail","why":w}                 last; the job could not be started

Code under test runs with the same user id as this process, so the host takes every record for the job's own word. Still: this
process hides its memory and descriptors (not dumpable), hands none of them on, and as PID 1 cannot be killed from inside.
Modules are chosen for start-up time: `json` alone costs 14 ms, `signal` 6 ms, `ctypes` 5 ms.
"""

import _signal
import os
import select
import sys
import time

WORK = "/work"
OUT = "/work/out"
CHUNK = 65536
HEADER_MAX = 1 << 20
WINDOW = 1 << 18
NAME_MAX = 4096
REFUSED_MAX = 200
TERM_GRACE_S = 1.0
DRAIN_S = 1.0
SIGKILL, SIGTERM = 9, 15


class Fail(Exception):
    """The job cannot be run; the message goes to the host."""


class Gone(Exception):
    """stdin ended: nobody waits for this job any more."""


# ---- records out


def send(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def quote(text):
    """A JSON string; lone surrogates (names that are not UTF-8) come out as escapes."""
    from _json import encode_basestring_ascii

    return encode_basestring_ascii(text)


def send_block(kind, data):
    send(b'{"t":"%s","n":%d}\n' % (kind, len(data)) + data)


def send_refused(path, why):
    send(('{"t":"refused","path":%s,"why":%s}\n' % (quote(path[:400]), quote(why))).encode())


def send_exit(code, signal, why, oom_kills):
    code, signal = ("null" if number is None else str(number) for number in (code, signal))
    send(('{"t":"exit","code":%s,"signal":%s,"why":"%s","oomKills":%d}\n' % (code, signal, why, oom_kills)).encode())


# ---- the job in


def parse_json(text):
    """json.loads without importing json, whose regular expressions cost more than the interpreter's start."""
    try:
        from _json import make_scanner
    except ImportError:
        from json import loads

        return loads(text)

    class Plain:
        strict = True
        object_hook = object_pairs_hook = None
        parse_float = parse_constant = float
        parse_int = int

    return make_scanner(Plain)(text, 0)[0]


class Input:
    """stdin, read exactly as far as asked."""

    def __init__(self):
        self.rest = b""

    def more(self):
        data = os.read(0, CHUNK)
        if not data:
            raise Gone
        self.rest += data

    def line(self):
        while b"\n" not in self.rest:
            if len(self.rest) > HEADER_MAX:
                raise Fail("the header is longer than %d bytes" % HEADER_MAX)
            self.more()
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def pieces(self, count):
        """Yields `count` bytes in pieces of any size."""
        while count:
            if not self.rest:
                self.more()
            piece, self.rest = self.rest[:count], self.rest[count:]
            count -= len(piece)
            yield piece

    def exactly(self, count):
        return b"".join(self.pieces(count))


class Tar:
    """Unpacks ustar with pax paths under /work. Anything but plain files and folders with plain names is refused."""

    def __init__(self, source, count):
        self.source = source
        self.left = count

    def take(self, count):
        if count > self.left:
            raise Fail("the tar ends early")
        self.left -= count
        return self.source.exactly(count)

    def unpack(self):
        made = {WORK}
        long_name = None
        while self.left:
            head = self.take(512)
            if head == b"\0" * 512:
                self.take(self.left)
                return
            name = long_name or self.name(head)
            kind, size, mode = head[156:157], octal(head[124:136]), octal(head[100:108])
            padding = -size % 512
            long_name = None
            if kind == b"x":
                long_name = pax_path(self.take(size + padding)[:size])
            elif kind == b"5":
                folders(place(name), made)
            elif kind in (b"0", b"\0"):
                self.file(place(name), size, mode, made)
                self.take(padding)
            else:
                raise Fail("the tar holds an entry of type %r" % kind)

    @staticmethod
    def name(head):
        name, prefix = (part.split(b"\0", 1)[0] for part in (head[:100], head[345:500]))
        return prefix + b"/" + name if prefix else name

    def file(self, path, size, mode, made):
        folders(path.rsplit("/", 1)[0], made)
        if size > self.left:
            raise Fail("the tar ends early")
        self.left -= size
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            for piece in self.source.pieces(size):
                while piece:
                    piece = piece[os.write(handle, piece) :]
            os.fchmod(handle, mode & 0o777)
        finally:
            os.close(handle)


def octal(field):
    text = field.strip(b"\0 ")
    try:
        return int(text, 8) if text else 0
    except ValueError:
        raise Fail("the tar holds the number %r" % field) from None


def pax_path(records):
    """The path of a pax header: records `LENGTH key=value` and a line end, LENGTH counting itself."""
    path = None
    while records:
        length = int(records.split(b" ", 1)[0])
        key, value = records[:length].split(b" ", 1)[1][:-1].split(b"=", 1)
        if key == b"path":
            path = value
        records = records[length:]
    return path


def place(name):
    """Where an entry goes, under /work."""
    text = os.fsdecode(name).rstrip("/")
    parts = text.split("/")
    if not text or len(text) > NAME_MAX or any(part in ("", ".", "..") for part in parts):
        raise Fail("the tar holds the name %r" % text)
    return WORK + "/" + text


def folders(path, made):
    """mkdir -p, below /work only."""
    if path in made:
        return
    folders(path.rsplit("/", 1)[0], made)
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        pass
    made.add(path)


# ---- the program


class Program:
    """The child in its own session: output forwarded under a cap, time limit, stdin fed, everything killed at its end."""

    def __init__(self, header, stdin):
        self.pending = memoryview(stdin)
        self.live = header.get("live", False)
        self.budget = header["outputBytes"]
        self.deadline = time.monotonic() + header["timeoutMs"] / 1000
        self.why = "exit"
        self.status = None
        self.terminated_at = None
        self.wake = self.on_child_signal()
        self.start(header)

    @staticmethod
    def on_child_signal():
        """A pipe that becomes readable when a child ends (PID 1 inherits orphans and has to reap them, too)."""
        wake, bell = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(bell, False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        _signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        return wake

    def start(self, header):
        feed_read, self.feed = os.pipe()
        self.out, out_write = os.pipe()
        self.err, err_write = os.pipe()
        os.set_blocking(self.feed, False)
        folders(OUT, {WORK})
        try:
            os.chdir(header["cwd"])
            self.pid = os.posix_spawnp(
                header["command"][0],
                header["command"],
                {**os.environ, **header["env"]},
                file_actions=[(os.POSIX_SPAWN_DUP2, feed_read, 0), (os.POSIX_SPAWN_DUP2, out_write, 1), (os.POSIX_SPAWN_DUP2, err_write, 2)],
                setsid=True,
                # Ignored here, and a child would inherit that; programs expect them to kill.
                setsigdef=[_signal.SIGINT, _signal.SIGPIPE, _signal.SIGXFSZ],
            )
        except OSError as error:
            raise Fail("cannot run %s: %s" % (header["command"][0], error.strerror)) from None
        for end in (feed_read, out_write, err_write):
            os.close(end)
        if self.live:
            send(b'{"t":"started"}\n')

    def kill(self, signal):
        """As PID 1: every other process of the container. Elsewhere (tests on a host): the child's group."""
        try:
            if os.getpid() == 1:
                os.kill(-1, signal)
            else:
                os.killpg(self.pid, signal)
        except (ProcessLookupError, PermissionError):
            pass

    def reap(self):
        """Takes every ended child; True when the program itself is among them or was before."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == self.pid:
                    self.status = status
        except ChildProcessError:
            pass
        return self.status is not None

    def run(self):
        """Until the program has ended and its output is drained."""
        self.poll = poll = select.poll()
        for handle in (0, self.wake, self.out, self.err):
            poll.register(handle, select.POLLIN)
        if self.pending:
            poll.register(self.feed, select.POLLOUT)
        elif not self.live:
            os.close(self.feed)
        opened = {self.out, self.err}
        # Both pipes may be closed by a program that lives on, and held open by what it left behind.
        while opened or self.status is None:
            for handle, _ in poll.poll(self.wait_ms()):
                if handle == 0:
                    self.watch_stdin()
                elif handle == self.wake:
                    os.read(self.wake, CHUNK)
                elif handle == self.feed:
                    if not self.write_feed():
                        self.end_feed()
                elif not self.forward(handle):
                    poll.unregister(handle)
                    opened.discard(handle)
            if self.status is None and self.reap():
                # What the program left behind ends with it; then both pipes reach their end.
                self.kill(SIGKILL)
                self.deadline = time.monotonic() + DRAIN_S
            elif self.status is not None:
                self.reap()
            if time.monotonic() >= self.deadline:
                if self.status is not None:
                    break
                self.time_out()
        self.kill(SIGKILL)
        self.reap()

    def wait_ms(self):
        return max(0, min(1000, (self.deadline - time.monotonic()) * 1000 + 1))

    def time_out(self):
        if self.terminated_at is None:
            self.why = "timeout" if self.why == "exit" else self.why
            self.terminated_at = time.monotonic()
            self.deadline = self.terminated_at + TERM_GRACE_S
            self.kill(SIGTERM)
        else:
            self.deadline = time.monotonic() + TERM_GRACE_S
            self.kill(SIGKILL)

    def watch_stdin(self):
        data = os.read(0, CHUNK)
        if not data or (self.live and len(self.pending) + len(data) > WINDOW):
            raise Gone
        if not self.live:
            return
        if self.feed is None:
            return self.took(len(data))
        if not self.pending:
            self.poll.register(self.feed, select.POLLOUT)
        self.pending = memoryview(bytes(self.pending) + data)

    def took(self, count):
        if self.live and count:
            send(b'{"t":"took","n":%d}\n' % count)

    def end_feed(self):
        """All is written, or the program does not read any more."""
        self.poll.unregister(self.feed)
        if not self.live or self.pending:
            os.close(self.feed)
            self.feed = None
        self.took(len(self.pending))
        self.pending = memoryview(b"")

    def write_feed(self):
        """Feeds the program's stdin; False when all is written or the program does not read any more."""
        try:
            count = os.write(self.feed, self.pending[:CHUNK])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        self.pending = self.pending[count:]
        self.took(count)
        return len(self.pending) > 0

    def forward(self, handle):
        """One piece of output, under the cap; False at its end."""
        data = os.read(handle, CHUNK)
        if not data:
            return False
        allowed = data if self.live else data[: self.budget]
        self.budget -= len(allowed)
        if allowed:
            send_block(b"out" if handle == self.out else b"err", allowed)
        if len(allowed) < len(data) and self.why != "overflow":
            self.why = "overflow"
            self.kill(SIGKILL)
        return True


# ---- the output folder


class Output:
    """/work/out as tar records. Folders are walked by descriptor without following links; only plain files and folders are taken."""

    def __init__(self, header):
        self.bytes_left = header["artifactBytes"]
        self.files_left = header["artifactCount"]
        self.refusals_left = REFUSED_MAX

    def send(self):
        try:
            root = os.open(OUT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            self.refuse("", "the output folder cannot be opened: %s" % error.strerror)
            return
        self.folder(root, "", 0)
        send_block(b"tar", b"\0" * 1024)

    def refuse(self, path, why):
        self.refusals_left -= 1
        if self.refusals_left == 0:
            send_refused(path, "and more, not listed")
        elif self.refusals_left > 0:
            send_refused(path, why)

    def folder(self, handle, prefix, depth):
        try:
            names = sorted(os.listdir(handle))
            for name in names:
                # A folder of a million links is not walked to its end.
                if self.refusals_left <= 0:
                    return
                self.entry(handle, name, prefix + name, depth)
        except OSError as error:
            self.refuse(prefix, "cannot be listed: %s" % error.strerror)
        finally:
            os.close(handle)

    def entry(self, parent, name, path, depth):
        kind = os.lstat(name, dir_fd=parent).st_mode & 0o170000
        if kind == 0o120000:
            return self.refuse(path, "a link")
        if kind not in (0o040000, 0o100000):
            return self.refuse(path, "neither a plain file nor a folder")
        try:
            path.encode()
        except UnicodeEncodeError:
            return self.refuse(path, "its name is not UTF-8")
        if self.files_left <= 0:
            return self.refuse(path, "more entries than allowed")
        if depth >= 16:
            return self.refuse(path, "folders nested too deep")
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        except OSError as error:
            return self.refuse(path, "cannot be read: %s" % error.strerror)
        self.files_left -= 1
        if kind == 0o040000:
            self.put_head(path + "/", 0, b"5")
            return self.folder(handle, path + "/", depth + 1)
        try:
            self.file(handle, path)
        finally:
            os.close(handle)

    def file(self, handle, path):
        status = os.fstat(handle)
        if status.st_nlink > 1:
            return self.refuse(path, "a hard link")
        size = status.st_size
        if size > self.bytes_left:
            return self.refuse(path, "too large: %d bytes, %d left" % (size, self.bytes_left))
        self.bytes_left -= size
        self.put_head(path, size, b"0")
        left = size
        while left:
            data = os.read(handle, min(CHUNK, left)) or b"\0" * min(CHUNK, left)
            left -= len(data)
            send_block(b"tar", data)
        if size % 512:
            send_block(b"tar", b"\0" * (-size % 512))

    def put_head(self, path, size, kind):
        name = path.encode()
        if len(name) > 100:
            record = b" path=" + name + b"\n"
            length = len(record) + 1
            while len(str(length)) + len(record) != length:
                length += 1
            body = str(length).encode() + record
            send_block(b"tar", tar_head(b"pax", len(body), b"x") + body + b"\0" * (-len(body) % 512))
        send_block(b"tar", tar_head(name[:100], size, kind))


def tar_head(name, size, kind):
    head = b"".join(
        (name.ljust(100, b"\0"), b"0000644\0", b"0000000\0" * 2, b"%011o\0" % size, b"00000000000\0", b" " * 8, kind, b"\0" * 100, b"ustar\x0000", b"\0" * 247)
    )
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


# ---- the whole


def oom_kills():
    """How often the kernel killed something of this container for memory; 0 where it does not say."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path, encoding="ascii") as lines:
                for line in lines:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        except OSError:
            pass
    return 0


def hide():
    """PR_SET_DUMPABLE 0: the job cannot open this process's memory or pipes under /proc. The C part of ctypes alone costs 1 ms."""
    try:
        import _ctypes

        prctl = _ctypes.dlsym(_ctypes.dlopen(None, 2), "prctl")
        _ctypes.call_function(prctl, (4, 0, 0, 0, 0))
    except (ImportError, OSError, AttributeError):
        pass


def run(source):
    header = parse_json(source.line().decode())
    Tar(source, header["tarBytes"]).unpack()
    live = header.get("live", False)
    program = Program(header, source.rest if live else source.exactly(header["stdinBytes"]))
    try:
        program.run()
    except Gone:
        program.kill(SIGKILL)
        raise
    if not live:
        Output(header).send()
    code = os.waitstatus_to_exitcode(program.status)
    if code < 0:
        send_exit(None, -code, program.why, oom_kills())
        return 128 - code
    send_exit(code, None, program.why, oom_kills())
    return code


def main():
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    send(b'{"t":"ready","v":1}\n')
    hide()
    try:
        return run(Input())
    except Gone:
        return 137
    except (Fail, OSError, KeyError, ValueError, TypeError) as error:
        send(('{"t":"fail","why":%s}\n' % quote(str(error)[:1000])).encode())
        return 125


if __name__ == "__main__":
    os._exit(main())
