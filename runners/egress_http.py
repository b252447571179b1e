"""HTTP/1.1 heads, read strictly: what two readers could read differently is refused, never repaired."""

import asyncio
import re

HEAD_MAX = 32 * 1024
FIELDS_MAX = 100
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"}
# Of the connection to the proxy, not of the request.
HOP = {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "te", "trailer", "upgrade", "expect"}
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
TARGET = re.compile(r"[\x21-\x7e]{1,8192}")
AUTHORITY = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?)(?::([1-9][0-9]{0,4}))?", re.IGNORECASE)


class BadHead(Exception):
    """What is wrong with it, in words."""


async def read_head(reader):
    """The bytes up to and without the empty line; b"" when nothing was sent. Longer than HEAD_MAX is refused: the reader's limit."""
    try:
        return (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except asyncio.LimitOverrunError:
        raise BadHead("the head is longer than %d bytes" % HEAD_MAX) from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return b""
        raise BadHead("the head breaks off") from None


def split_head(head):
    """(first line, [(name in lower case, value)])."""
    lines = head.decode("latin-1").split("\r\n")
    if len(lines) - 1 > FIELDS_MAX:
        raise BadHead("there are more than %d header fields" % FIELDS_MAX)
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise BadHead("a header field is malformed")
        fields.append((name.lower(), value.strip(" \t")))
    return lines[0], fields


def only(fields, name):
    """The one value of a field; None without it. Twice is refused."""
    values = [value for key, value in fields if key == name]
    if len(values) > 1:
        raise BadHead("the field %s is given twice" % name)
    return values[0] if values else None


def authority(text, default_port):
    """(host in lower case, port) of host[:port]."""
    match = AUTHORITY.fullmatch(text)
    if match is None:
        raise BadHead("the host is malformed")
    port = int(match[3]) if match[3] else default_port
    if port is None or port > 65535 or ".." in match[1]:
        raise BadHead("the host is malformed")
    return match[1].lower(), port


class Request:
    """One request to the proxy: CONNECT host:port, or a method with an absolute http:// URL."""

    def __init__(self, head):
        line, fields = split_head(head)
        words = line.split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0") or words[0] not in METHODS or not TARGET.fullmatch(words[1]):
            raise BadHead("the request line is malformed")
        self.method, target, _ = words
        self.fields = fields
        named = only(fields, "host")
        if self.method == "CONNECT":
            self.host, self.port = authority(target, None)
            self.path = None
            # No program sends a body with CONNECT; what follows is the tunnel's.
            if only(fields, "content-length") or only(fields, "transfer-encoding"):
                raise BadHead("a CONNECT has no body")
            if named is not None and authority(named, 443) != (self.host, self.port):
                raise BadHead("Host is not the host of the CONNECT")
            return
        match = re.fullmatch(r"http://([^/?#@\\]+)(/[^#]*|\?[^#]*)?", target, re.IGNORECASE)
        if match is None:
            raise BadHead("the URL is not http://host[:port]/path")
        self.host, self.port = authority(match[1], 80)
        rest = match[2] or "/"
        self.target = rest if rest.startswith("/") else "/" + rest
        self.path = self.target.partition("?")[0]
        if named is None or authority(named, 80) != (self.host, self.port):
            raise BadHead("Host is not the host of the URL")
        if only(fields, "transfer-encoding") is not None:
            raise BadHead("a body needs a Content-Length")
        length = only(fields, "content-length")
        if length is not None and not re.fullmatch(r"[0-9]{1,15}", length):
            raise BadHead("Content-Length is no number")
        self.length = int(length or 0)

    def onward(self):
        """The head for the server: origin form, for this one request."""
        drop = dropped(self.fields)
        kept = [(name, value) for name, value in self.fields if name not in drop and name != "host"]
        host = self.host if self.port == 80 else "%s:%d" % (self.host, self.port)
        return join("%s %s HTTP/1.1" % (self.method, self.target), [("host", host), *kept, ("connection", "close")])


def dropped(fields):
    """Fields that end at a hop: the known ones, and what Connection names."""
    named = {word.strip().lower() for name, value in fields if name == "connection" for word in value.split(",")}
    if named & {"host", "content-length", "transfer-encoding"}:
        raise BadHead("Connection names a field that must stay")
    return HOP | named


def join(line, fields):
    return "\r\n".join([line, *("%s: %s" % field for field in fields), "", ""]).encode("latin-1")


def response_head(head):
    """(status, the head for the client). The body's framing stays as the server sent it."""
    line, fields = split_head(head)
    match = re.fullmatch(r"HTTP/1\.[01] ([1-5][0-9][0-9])( [\t\x20-\x7e\x80-\xff]*)?", line)
    if match is None:
        raise BadHead("the server does not speak HTTP/1.1")
    drop = dropped(fields) - {"trailer"}
    return int(match[1]), join(line, [*(field for field in fields if field[0] not in drop), ("connection", "close")])
