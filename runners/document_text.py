"""Runs in a container, never on the host: the text of one document, bounded in time, memory and bytes.

Started by tools_main.py with the request as its argument and the file as descriptor 9; {"path": …, "page": n, "offset": n}. Whatever the file is, it
may be made to harm: only programs that take no code from it are run (pdftotext; pandoc in its sandbox, which reads no other file and fetches nothing),
and each within limits of its own. stdout is the answer, one object of JSON, as in tools_main.py.
"""

import json
import os
import re
import subprocess
import sys
import threading
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tools_jail import Refused  # noqa: E402

FILE = "/proc/self/fd/9"
FILE_BYTES_MAX = 64 << 20
TEXT_BYTES_MAX = 16 << 20
ANSWER_BYTES = 12 << 10
PAGES_AT_ONCE = 40
SECONDS = 40
HEAP = "400m"
UNPACKED_BYTES_MAX, UNPACKED_FILES_MAX, UNPACKED_RATIO_MAX = 128 << 20, 10_000, 1_000

PANDOC = {"docx": "docx", "odt": "odt", "epub": "epub", "html": "html", "rtf": "rtf"}
NAMES = {"html": "html", "htm": "html", "xhtml": "html", "md": "text", "markdown": "text", "txt": "text", "rst": "text"}


def main():
    request = json.loads(sys.argv[1])
    try:
        said = {"ok": True, **text_of(request)}
    except Refused as refused:
        said = {"ok": False, "why": str(refused)}
    json.dump(said, sys.stdout)


def text_of(request):
    path, page, offset = request["path"], request["page"], request["offset"]
    size = os.fstat(9).st_size
    if size > FILE_BYTES_MAX:
        raise Refused("%s has %d bytes; documents of at most %d are read" % (path, size, FILE_BYTES_MAX))
    kind = kind_of(path)
    if kind == "pdf":
        return {"kind": kind, "bytes": size, **pages_of(path, page, offset)}
    if page != 1:
        raise Refused("%s has no pages, only text: go on with offset" % path)
    if kind == "text":
        with open(FILE, "rb") as file:
            whole = file.read(TEXT_BYTES_MAX).decode("utf-8", "replace")
    else:
        whole = run(["pandoc", "+RTS", "-M" + HEAP, "-RTS", "--sandbox", "--from", PANDOC[kind], "--to", "plain", "--wrap=none", FILE], path)
    return {"kind": kind, "bytes": size, "characters": len(whole), **piece(whole, offset)}


def kind_of(path):
    """By what the file begins with; the name counts where that says nothing."""
    with open(FILE, "rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(b"PK\x03\x04"):
        return packed_kind(path)
    named = NAMES.get(path.rsplit(".", 1)[-1].lower())
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html)\b", head, re.IGNORECASE):
        return "html"
    if named is None or b"\0" in head:
        raise Refused("%s is no PDF, DOCX, ODT, EPUB, HTML, RTF or Markdown; read_file says what it is" % path)
    return named


def packed_kind(path):
    """Of a ZIP, which must not unpack to more than is bearable: by what it says of itself here, and by the limit of memory in truth."""
    try:
        with zipfile.ZipFile(FILE) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
            if len(entries) > UNPACKED_FILES_MAX or size > UNPACKED_BYTES_MAX or size > UNPACKED_RATIO_MAX * max(packed, 1024):
                raise Refused("%s unpacks to %d files of %d bytes, which is not read" % (path, len(entries), size))
            if "word/document.xml" in names:
                return "docx"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 256:
                declared = archive.read("mimetype").strip()
                known = {b"application/epub+zip": "epub", b"application/vnd.oasis.opendocument.text": "odt"}
                if declared in known:
                    return known[declared]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Refused("%s is no archive that can be read: %s" % (path, error)) from None
    raise Refused("%s is a ZIP archive, and no DOCX, ODT or EPUB" % path)


def pages_of(path, page, offset):
    """Whole pages from `page` on, as many as fit; of one that is too long a piece from `offset` on."""
    count = page_count(path)
    if page > count:
        raise Refused("%s has %d %s" % (path, count, "page" if count == 1 else "pages"))
    last = min(count, page + PAGES_AT_ONCE - 1)
    found = run(["pdftotext", "-q", "-layout", "-enc", "UTF-8", "-f", str(page), "-l", str(last), FILE, "-"], path).split("\f")
    texts = [tidy(text) for text in found[: last - page + 1]] or [""]
    first = {"pages": count, "characters": len(texts[0]), **piece(texts[0], offset)}
    if first["more"] or offset > 0:
        return {**first, "from": page, "to": page, "next": page + 1 if page < count else 0}
    shown, size = [first["text"]], len(first["text"].encode())
    for text in texts[1:]:
        size += len(text.encode())
        if size > ANSWER_BYTES:
            break
        shown.append(text)
    to = page + len(shown) - 1
    marked = "\n".join("[page %d]\n%s" % (page + n, text) for n, text in enumerate(shown))
    empty = not any(text.strip() for text in shown)
    return {**first, "text": marked, "empty": empty, "from": page, "to": to, "next": to + 1 if to < count else 0}


def page_count(path):
    found = re.search(r"^Pages:\s+(\d+)$", run(["pdfinfo", FILE], path), re.MULTILINE)
    if found is None:
        raise Refused("%s does not say how many pages it has" % path)
    return int(found[1])


def tidy(text):
    """Layout keeps tables readable; runs of blanks and empty lines beyond that only cost."""
    lines = [re.sub(r" {12,}", " " * 12, line.rstrip()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def piece(text, offset):
    """What fits of a text from character `offset` on, cut after a line where there is one."""
    part = text[offset : offset + ANSWER_BYTES]
    part = part.encode("utf-8", "replace")[:ANSWER_BYTES].decode("utf-8", "ignore")
    more = offset + len(part) < len(text)
    end = part.rfind("\n") + 1
    if more and end > len(part) // 2:
        part = part[:end]
    return {"text": part, "offset": offset, "end": offset + len(part), "more": more, "empty": not part.strip()}


def run(command, path):
    """What a program prints, at most TEXT_BYTES_MAX of it."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(9,))
    timer = threading.Timer(SECONDS, program.kill)
    errors = Errors(program.stderr)
    timer.start()
    try:
        said = program.stdout.read(TEXT_BYTES_MAX)
        cut = program.stdout.read(1) != b""
        if cut:
            program.kill()
        code = program.wait()
    finally:
        timer.cancel()
    if code == 0 or cut:
        return said.decode("utf-8", "replace")
    if code == -9:
        raise Refused("%s: %s took more than %d seconds and was stopped" % (path, command[0], SECONDS))
    raise Refused("%s could not be read by %s: %s" % (path, command[0], errors.last() or "exit %d" % code))


class Errors(threading.Thread):
    """Takes all that a program says of its errors, so that it never waits for a reader, and keeps the beginning."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe, self.kept = pipe, b""
        self.start()

    def run(self):
        while data := self.pipe.read1(65536):
            self.kept += data[: 4096 - len(self.kept)]

    def last(self):
        self.join(2)
        return self.kept.decode("utf-8", "replace").strip().split("\n")[-1][:300]


main()
