"""Reading, listing and writing files of the workspace, bounded in bytes and lines."""

import fnmatch
import os
import stat

from tools_jail import SCRATCH, Refused, kind_of, open_at, open_file, open_folder, parts_of, said

READ_BYTES, READ_LINES, LINE_CHARACTERS = 64 << 10, 2000, 2000
LISTED_MAX, WALKED_MAX = 1000, 100_000
DONE = b"user.agentctl.call"

TYPES = (
    (b"PAR1", "Parquet: data_view shows it"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (also xlsx, docx)"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
)


def read(path, offset=1, lines=READ_LINES):
    """Numbered lines from line `offset` on, and whether more follow."""
    handle, status = open_file(path)
    with open(handle, "rb") as file:
        head = file.read(8192)
        if is_binary(head):
            kind = next((name for magic, name in TYPES if head.startswith(magic)), "of an unknown kind")
            return {"binary": True, "kind": kind, "bytes": status.st_size}
        file.seek(0)
        return {"bytes": status.st_size, **numbered(file, offset, min(lines, READ_LINES))}


def is_binary(head):
    if b"\0" in head:
        return True
    try:
        # The piece may end within a character.
        head[: max(0, len(head) - 3)].decode("utf-8") if len(head) == 8192 else head.decode("utf-8")
        return False
    except UnicodeDecodeError as error:
        return error.start < len(head) - 6


def numbered(file, offset, lines):
    shown, size, number = [], 0, 0
    cut = False
    while len(shown) < lines:
        line = file.readline(READ_BYTES)
        if not line:
            return {"text": "\n".join(shown), "from": offset, "to": number, "more": False, "cut": cut}
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(1 << 20)
        number += 1
        if number < offset:
            continue
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if len(text) > LINE_CHARACTERS:
            text, cut = text[:LINE_CHARACTERS] + "…", True
        entry = "%6d\t%s" % (number, text)
        size += len(entry.encode()) + 1
        if size > READ_BYTES:
            return {"text": "\n".join(shown), "from": offset, "to": number - 1, "more": True, "cut": cut}
        shown.append(entry)
    return {"text": "\n".join(shown), "from": offset, "to": number, "more": bool(file.read(1)), "cut": cut}


def list_folder(path, depth, glob):
    """What lies below a folder, sorted, folders first named and then entered; links and the like are named as what they are."""
    root = open_folder(parts_of(path))
    found, walked = [], 0
    waiting = [("", 1)]
    while waiting:
        prefix, level = waiting.pop()
        try:
            folder = open_below(root, prefix)
        except Refused:
            continue
        below = []
        try:
            for name in sorted(os.listdir(folder)):
                walked += 1
                if walked > WALKED_MAX or len(found) > LISTED_MAX:
                    return {"entries": found[:LISTED_MAX], "more": True}
                status = os.lstat(name, dir_fd=folder)
                inner = prefix + name
                is_folder = stat.S_ISDIR(status.st_mode)
                if is_folder and level < depth:
                    below.append((inner + "/", level + 1))
                if glob is None or fnmatch.fnmatchcase(inner if "/" in glob else name, glob):
                    found.append([inner + "/" if is_folder else inner, kind_of(status.st_mode), status.st_size])
        except OSError as error:
            raise Refused("%s cannot be listed: %s" % (prefix or path, said(error))) from None
        finally:
            os.close(folder)
        waiting.extend(reversed(below))
    os.close(root)
    return {"entries": found, "more": False}


def open_below(root, prefix):
    handle = os.dup(root)
    for part in prefix.split("/")[:-1]:
        try:
            following = open_at(handle, part, os.O_RDONLY | os.O_DIRECTORY, prefix)
        finally:
            os.close(handle)
        handle = following
    return handle


def write(path, source, mode, call):
    """Whole or not at all: into a file beside it, which then takes its name. What stands at the name is replaced, never written through."""
    parts = parts_of(path)
    if len(parts) < 2 or parts[0] != SCRATCH:
        raise Refused("only files below %s/ can be written, e.g. %s/%s" % (SCRATCH, SCRATCH, parts[-1] if parts else "notes.md"))
    folder = open_folder(parts[:-1], make=True)
    name, beside = parts[-1], ".agentctl-%s" % call
    try:
        old = existing(folder, name, path, mode)
        if old is not None and was_done(old, call):
            return {"bytes": os.fstat(old).st_size, "done": "before"}
        try:
            os.unlink(beside, dir_fd=folder)
        except FileNotFoundError:
            pass
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
        try:
            with open(handle, "wb", closefd=False) as file:
                if mode == "append" and old is not None:
                    copy(old, file)
                with open(source, "rb") as data:
                    copy(data.fileno(), file)
            mark(handle, call)
            os.fsync(handle)
            size = os.fstat(handle).st_size
            if mode == "create":
                os.link(beside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            else:
                os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(handle)
            try:
                os.unlink(beside, dir_fd=folder)
            except FileNotFoundError:
                pass
        return {"bytes": size, "done": "replaced" if old is not None and mode != "append" else "appended" if old is not None else "created"}
    except FileExistsError:
        raise Refused("%s exists; use the mode overwrite or append" % path) from None
    except IsADirectoryError:
        raise Refused("%s is a folder" % path) from None
    except OSError as error:
        raise Refused("%s cannot be written: %s" % (path, said(error))) from None
    finally:
        os.close(folder)


def existing(folder, name, path, mode):
    """A descriptor of what stands at the name, to add to it or to see that this call wrote it; None where that does not matter."""
    try:
        status = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return None
    if stat.S_ISREG(status.st_mode):
        try:
            return open_at(folder, name, os.O_RDONLY | os.O_NONBLOCK, path)
        except Refused:
            if mode == "append":
                raise
            return None
    if stat.S_ISDIR(status.st_mode) or mode == "append":
        raise Refused("%s is %s" % (path, kind_of(status.st_mode)))
    return None


def was_done(handle, call):
    """Whether this very call wrote the file before a crash: then doing it again would add to it twice."""
    try:
        return os.getxattr(handle, DONE) == call.encode()
    except OSError:
        return False


def mark(handle, call):
    try:
        os.setxattr(handle, DONE, call.encode())
    except OSError:
        pass


def copy(source, file):
    os.lseek(source, 0, os.SEEK_SET)
    while data := os.read(source, 1 << 20):
        file.write(data)
