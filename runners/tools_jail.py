"""Opens paths of the workspace so that none leads out of it: one component after another, by descriptor, never through a link.

What lies in scratch/ was made by programs that may be hostile: links to anywhere, hard links, FIFOs, names in any spelling. A path is taken
as it is written, relative to /workspace; `..`, `.`, empty parts and absolute paths are refused, whatever they would have led to.
"""

import errno
import os
import stat

ROOT = "/workspace"
SCRATCH = "scratch"


class Refused(Exception):
    """The call cannot be done; the message goes to the model."""


def parts_of(path):
    """The components of a path; `.` is the workspace itself, and has none."""
    if not isinstance(path, str) or "\0" in path or len(path) > 4096:
        raise Refused("the path is no text, or too long")
    if path == ".":
        return []
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Refused("%s is not a plain path relative to the workspace" % path)
    return parts


def open_folder(parts, make=False, root=ROOT):
    """A descriptor of the folder; the caller closes it. With `make` what is missing is made."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for depth, part in enumerate(parts):
            shown = "/".join(parts[: depth + 1])
            if make:
                try:
                    os.mkdir(part, 0o755, dir_fd=handle)
                except FileExistsError:
                    pass
                except OSError as error:
                    raise Refused("the folder %s cannot be made: %s" % (shown, said(error))) from None
            following = open_at(handle, part, os.O_RDONLY | os.O_DIRECTORY, shown)
            os.close(handle)
            handle = following
        return handle
    except BaseException:
        os.close(handle)
        raise


def open_file(path, root=ROOT):
    """A descriptor of a plain file, for reading, and its status."""
    parts = parts_of(path)
    if not parts:
        raise Refused(". is a folder")
    folder = open_folder(parts[:-1], root=root)
    try:
        # Without NONBLOCK, opening a FIFO would wait for its other end.
        handle = open_at(folder, parts[-1], os.O_RDONLY | os.O_NONBLOCK, path)
    finally:
        os.close(folder)
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode):
        return handle, status
    os.close(handle)
    raise Refused("%s is %s, not a file" % (path, kind_of(status.st_mode)))


def open_at(folder, name, flags, shown):
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise Refused(why_not(folder, name, shown, error)) from None


def why_not(folder, name, shown, error):
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        try:
            mode = os.lstat(name, dir_fd=folder).st_mode
            if stat.S_ISLNK(mode):
                return "%s is a link, and links are not followed" % shown
            return "%s is %s, not a folder" % (shown, kind_of(mode))
        except OSError:
            pass
    if error.errno == errno.ENOENT:
        return "there is no %s" % shown
    return "%s cannot be opened: %s" % (shown, said(error))


def said(error):
    return error.strerror or "error %s" % error.errno


def kind_of(mode):
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFREG: "a file"}
    return kinds.get(stat.S_IFMT(mode), "a device")
