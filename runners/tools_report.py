"""What lies in scratch/, and what changed there since the report before: sizes, paths, and the bytes of changed files that are small.

Whether a file changed is told by size, inode and the kernel's own time of its last change, which no program in a container can set.
"""

import json
import os
import shutil
import stat

from tools_jail import ROOT, SCRATCH

FILES_MAX, DEPTH_MAX = 100_000, 128
LISTED_MAX = 500
KEPT_FILES, KEPT_BYTES_EACH, KEPT_BYTES_ALL = 16, 4 << 20, 16 << 20
OUT = "/work/out"


def write_report(before):
    """Writes /work/out/report.json and, below /work/out/kept, changed files by number. `before` is the manifest of the last report, or None."""
    found = Scratch()
    report = {"usage": found.usage, "files": found.count, "truncated": found.truncated, "manifest": found.manifest, "memory": memory()}
    report["changes"], report["unlisted"] = ([], 0) if before is None else changes(before, found.manifest)
    os.makedirs(OUT, exist_ok=True)
    with open(OUT + "/report.json", "w", encoding="ascii") as file:
        json.dump(report, file)


class Scratch:
    """Every plain file below scratch/, walked by descriptor."""

    def __init__(self):
        self.usage = 0
        self.count = 0
        self.truncated = False
        self.manifest = {}
        self.seen = set()
        root = os.open(os.path.join(ROOT, SCRATCH), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        # Without recursion: folders may be nested deeper than Python's stack. Paths, not descriptors, wait: there are only so many of these.
        waiting = [()]
        while waiting and not self.truncated:
            self.enter(root, waiting)
        os.close(root)

    def enter(self, root, waiting):
        parts = waiting.pop()
        try:
            folder = descend(root, parts)
        except OSError:
            # What cannot be looked into is not measured, and may hold anything.
            self.truncated = True
            return
        try:
            waiting.extend(self.folder(folder, parts))
        except OSError:
            self.truncated = True
        finally:
            os.close(folder)

    def folder(self, handle, parts):
        below = []
        with os.scandir(handle) as entries:
            for entry in entries:
                self.count += 1
                if self.count > FILES_MAX or len(parts) >= DEPTH_MAX:
                    self.truncated = True
                    break
                status = os.lstat(entry.name, dir_fd=handle)
                if status.st_ino not in self.seen:
                    self.usage += status.st_blocks * 512
                    self.seen.add(status.st_ino)
                path = (*parts, entry.name)
                if stat.S_ISDIR(status.st_mode):
                    below.append(path)
                elif stat.S_ISREG(status.st_mode):
                    self.manifest["/".join(path)] = [status.st_size, "%d:%d" % (status.st_ctime_ns, status.st_ino)]
        return below


def descend(root, parts):
    handle = os.dup(root)
    try:
        for part in parts:
            following = open_folder(handle, part)
            os.close(handle)
            handle = following
        return handle
    except BaseException:
        os.close(handle)
        raise


def open_folder(parent, name):
    """Also one that its owner may not look into: nothing else runs here that could put a link in its place."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode):
            raise
        os.chmod(name, 0o700, dir_fd=parent)
        return os.open(name, flags, dir_fd=parent)


def changes(before, now):
    """Changed files in the order of their names, and how many are not listed."""
    changed = sorted(path for path, mark in now.items() if before.get(path) != mark)
    removed = sorted(path for path in before if path not in now)
    kept = Kept()
    listed = [kept.take(path, now[path][0]) for path in changed[:LISTED_MAX]]
    listed += [{"path": path, "removed": True} for path in removed[: LISTED_MAX - len(listed)]]
    return listed, len(changed) + len(removed) - len(listed)


class Kept:
    def __init__(self):
        self.files, self.bytes = 0, 0
        self.root = os.open(os.path.join(ROOT, SCRATCH), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)

    def take(self, path, size):
        change = {"path": path, "bytes": size}
        if self.files >= KEPT_FILES or size > KEPT_BYTES_EACH or self.bytes + size > KEPT_BYTES_ALL:
            return change
        *folders, name = path.split("/")
        try:
            folder = descend(self.root, folders)
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            finally:
                os.close(folder)
            with open(handle, "rb") as source:
                os.makedirs(OUT + "/kept", exist_ok=True)
                with open("%s/kept/%d" % (OUT, self.files), "wb") as copy:
                    shutil.copyfileobj(source, copy)
        except OSError:
            # A program took away its own right to read it; it is named all the same.
            return change
        change["kept"] = self.files
        self.files += 1
        self.bytes += size
        return change


def memory():
    """Of the machine, in KiB; None where the kernel does not say."""
    found = {}
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                name, value = line.split(":", 1)
                if name in ("MemTotal", "MemAvailable"):
                    found[name] = int(value.split()[0])
    except (OSError, ValueError):
        return None
    return [found["MemAvailable"], found["MemTotal"]] if len(found) == 2 else None


def watch(most):
    """Ends with 3 when scratch/ holds more than `most` bytes; looks only when the disk has filled meanwhile."""
    import sys
    import time

    place = os.path.join(ROOT, SCRATCH)
    free = None
    while True:
        status = os.statvfs(place)
        now = status.f_bavail * status.f_frsize
        if free is None or free - now > most // 50:
            free = now
            found = Scratch()
            if found.usage > most or found.truncated:
                sys.exit(3)
        time.sleep(0.3)
