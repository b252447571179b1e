"""Searching text with ripgrep, which follows no links here, reads no configuration, and is stopped in time."""

import json
import os
import stat
import subprocess
import time

from tools_jail import Refused, open_at, open_folder, parts_of

LINE_CHARACTERS = 400
FILE_BYTES = "16M"
OPTIONS = ["--json", "--no-config", "--no-follow", "--no-ignore", "--hidden", "--sort=path", "--max-filesize=" + FILE_BYTES]


def search(pattern, path, glob, most, regex, seconds):
    """Matches as [path, line number, text], and whether there are more."""
    parts = parts_of(path)
    options = [*OPTIONS, *([] if regex else ["--fixed-strings"]), *([] if glob is None else ["--glob", glob]), "-e", pattern]
    folder = open_folder(parts[:-1])
    is_file = bool(parts) and stat.S_ISREG(lstat(folder, parts[-1], path))
    target = open_at(folder, parts[-1], os.O_RDONLY | os.O_NONBLOCK, path) if parts else folder
    if not is_file and parts and not stat.S_ISDIR(os.fstat(target).st_mode):
        raise Refused("%s is neither a file nor a folder" % path)
    found = Found(path if is_file else "" if path == "." else path + "/", is_file, most)
    process = subprocess.Popen(
        ["rg", *options, "-" if is_file else "."],
        stdin=target if is_file else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=None if is_file else lambda: os.fchdir(target),
    )
    deadline = time.monotonic() + seconds
    for line in process.stdout:
        found.add(json.loads(line))
        if found.more or time.monotonic() > deadline:
            found.more = True
            process.kill()
            break
    said = process.stderr.read(4096).decode("utf-8", "replace").strip()
    # 1: nothing found. 2: an error, also of single files, in spite of which there may be matches.
    if process.wait() == 2 and not found.matches and said:
        raise Refused("the search failed: %s" % said.splitlines()[0])
    return {"matches": found.matches, "more": found.more, "files": found.files}


def lstat(folder, name, path):
    try:
        return os.lstat(name, dir_fd=folder).st_mode
    except OSError:
        raise Refused("there is no %s" % path) from None


class Found:
    def __init__(self, prefix, is_file, most):
        self.prefix, self.is_file, self.most = prefix, is_file, most
        self.matches, self.more, self.files = [], False, 0

    def add(self, event):
        if event["type"] == "begin":
            self.files += 1
        if event["type"] != "match":
            return
        if len(self.matches) >= self.most:
            self.more = True
            return
        data = event["data"]
        name = self.prefix if self.is_file else self.prefix + text(data["path"]).removeprefix("./")
        line = text(data["lines"]).rstrip("\r\n")
        self.matches.append([name, data["line_number"], line[:LINE_CHARACTERS] + ("…" if len(line) > LINE_CHARACTERS else "")])


def text(value):
    """What is not UTF-8 comes as base64."""
    if "text" in value:
        return value["text"]
    from base64 import b64decode

    return b64decode(value["bytes"]).decode("utf-8", "replace")
