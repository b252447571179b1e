"""Runs in a container, never on the host: one request of one URL through the call's proxy, up to a limit.

stdin   one object of JSON: {"method", "scheme", "host", "port", "path", "headers": {…}, "body": text or null, "bytesMax": n}
stdout  one line of JSON, {"ok": true, "status", "type", "location", "cut", "bytes"} and then the bytes of the body, unpacked; or
        {"ok": false, "code": "failed" or "bad-encoding", "why"}
Neither cookies nor credentials but those among the headers given; no redirect is followed.
"""

import http.client
import json
import os
import ssl
import sys
import zlib

HEADERS_MAX = 16 * 1024
CHUNK = 65536


class Bad(Exception):
    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


def connection_to(asked):
    """Through the proxy: a tunnel for https, else the request itself names the server."""
    host, port = os.environ["HTTP_PROXY"][len("http://") :].rsplit(":", 1)
    if asked["scheme"] == "http":
        return http.client.HTTPConnection(host, int(port), timeout=60)
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ca.pem")
    context = ssl.create_default_context(cafile=beside)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    connection = http.client.HTTPSConnection(host, int(port), timeout=60, context=context)
    connection.set_tunnel(asked["host"], asked["port"])
    return connection


def ask(asked):
    connection = connection_to(asked)
    default = 443 if asked["scheme"] == "https" else 80
    named = asked["host"] if asked["port"] == default else "%s:%d" % (asked["host"], asked["port"])
    path = asked["path"] if asked["scheme"] == "https" else "http://%s%s" % (named, asked["path"])
    body = None if asked["body"] is None else asked["body"].encode()
    connection.putrequest(asked["method"], path, skip_host=True, skip_accept_encoding=True)
    for name, value in [("host", named), *asked["headers"].items(), ("accept-encoding", "gzip, deflate"), ("connection", "close")]:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    if sum(len(name) + len(value) for name, value in response.getheaders()) > HEADERS_MAX:
        raise Bad("failed", "the headers of the answer have more than %d bytes" % HEADERS_MAX)
    return response


def unpacked(response, most):
    """Up to one byte more than `most`. Small packed bytes can become any number of bytes, so they are unpacked no further than that."""
    encoding = response.getheader("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise Bad("bad-encoding", "the page is packed in a way that is not read here: %s" % json.dumps(encoding[:40]))
    # 32: gzip or zlib, as its first bytes say.
    inflate = None if encoding == "identity" else zlib.decompressobj(32 + zlib.MAX_WBITS)
    body, packed = bytearray(), 0
    while len(body) <= most and not (inflate and inflate.eof):
        data = response.read1(CHUNK)
        packed += len(data)
        if inflate and packed > most:
            raise Bad("failed", "the packed page has more than %d bytes" % most)
        if not data:
            if inflate and packed and not inflate.eof:
                raise Bad("failed", "the packed page breaks off")
            if response.length:
                raise Bad("failed", "the page breaks off")
            break
        body += inflate.decompress(data, most + 1 - len(body)) if inflate else data
    return bytes(body)


def main():
    asked = json.load(sys.stdin)
    try:
        response = ask(asked)
        body = unpacked(response, asked["bytesMax"])
    except Bad as error:
        return say({"ok": False, "code": error.code, "why": str(error)})
    except ssl.SSLCertVerificationError as error:
        return say({"ok": False, "code": "failed", "why": "its certificate does not count: %s" % error.verify_message})
    except (OSError, http.client.HTTPException, zlib.error) as error:
        return say({"ok": False, "code": "failed", "why": "%s (%s)" % (str(error)[:200] or "no answer", type(error).__name__)})
    kept = body[: asked["bytesMax"]]
    head = {"status": response.status, "type": response.getheader("content-type", ""), "location": response.getheader("location")}
    say({"ok": True, **head, "cut": len(body) > len(kept), "bytes": len(kept)}, kept)


def say(head, body=b""):
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


main()
