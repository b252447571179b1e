"""The name in a TLS ClientHello. Anything that is not exactly one ClientHello, or hides its name, is refused."""

import re

HANDSHAKE, CLIENT_HELLO = 22, 1
SERVER_NAME, ENCRYPTED_HELLO, ENCRYPTED_NAME = 0, 0xFE0D, 0xFFCE
RECORD_MAX = 16384 + 256
NAME = re.compile(rb"[A-Za-z0-9._-]{1,253}")
HELLO_MAX = 64 * 1024


class BadHello(Exception):
    """What is wrong with it, in words."""


async def read_hello(reader, encrypted=False):
    """
    Reads one ClientHello, over as many records as it takes: (its bytes as they came, its name or None). With `encrypted` it may carry an encrypted one
    inside, as every browser pretends to; its own name is in the open all the same, and is the one that counts.
    """
    raw = hello = b""
    while True:
        head = await reader.readexactly(5)
        size = int.from_bytes(head[3:5], "big")
        if head[0] != HANDSHAKE or head[1] != 3 or not 0 < size <= RECORD_MAX:
            raise BadHello("what was sent is no TLS")
        body = await reader.readexactly(size)
        raw += head + body
        hello += body
        if hello[0] != CLIENT_HELLO or len(raw) > HELLO_MAX:
            raise BadHello("what was sent is no ClientHello")
        need = 4 + int.from_bytes(hello[1:4], "big") if len(hello) >= 4 else HELLO_MAX
        if need > HELLO_MAX + 4 or len(hello) > need:
            raise BadHello("more than a ClientHello was sent")
        if len(hello) == need:
            return raw, server_name(hello[4:], encrypted)


class Bytes:
    """Reads a structure from its start; short data is a bad hello."""

    def __init__(self, data):
        self.data = data

    def take(self, count):
        if len(self.data) < count:
            raise BadHello("the ClientHello is broken")
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def block(self, count):
        """What follows its own length, which has `count` bytes."""
        return self.take(self.number(count))


def server_name(body, encrypted):
    """The host name of the server_name extension in lower case; None without one."""
    hello = Bytes(body)
    hello.take(2 + 32)
    hello.block(1)
    hello.block(2)
    hello.block(1)
    if not hello.data:
        return None
    extensions = Bytes(hello.block(2))
    if hello.data:
        raise BadHello("the ClientHello is broken")
    names = []
    while extensions.data:
        kind = extensions.number(2)
        content = extensions.block(2)
        if kind == ENCRYPTED_NAME or (kind == ENCRYPTED_HELLO and not encrypted):
            raise BadHello("the ClientHello hides its name (ECH)")
        if kind == SERVER_NAME:
            names.append(one_name(content))
    if len(names) > 1:
        raise BadHello("the ClientHello names two servers")
    return names[0] if names else None


def one_name(content):
    outer = Bytes(content)
    listed = Bytes(outer.block(2))
    kind = listed.number(1)
    name = listed.block(2)
    if kind != 0 or listed.data or outer.data or not NAME.fullmatch(name):
        raise BadHello("the ClientHello names no one server")
    return name.decode("ascii").lower()
