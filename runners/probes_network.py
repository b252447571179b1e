"""Attempts to get past the proxy, from inside a job container on a call's network, for `agentctl doctor --prove`. Prints one JSON object: id -> [open, found].

PROBE_HOSTS: addresses of the host and of the network's gateway, separated by commas; PROBE_PORT: where the host listens on all of its addresses.
"""

import errno
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor

SO_DONTROUTE = 5
hosts = os.environ["PROBE_HOSTS"].split(",")
port = int(os.environ["PROBE_PORT"])


def connected(address, to, bound):
    with socket.socket() as sock:
        sock.settimeout(0.4)
        if bound:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            sock.setsockopt(socket.SOL_SOCKET, SO_DONTROUTE, 1)
        sock.connect((address, to))
    return "connected to %s:%d%s" % (address, to, " without a route" if bound else "")


def tried(attempt, *given):
    try:
        return [True, attempt(*given)]
    except OSError as error:
        return [False, errno.errorcode.get(error.errno, type(error).__name__) if error.errno else type(error).__name__]


def first_open(attempts):
    """[open, found] of the first attempt that got through, else of the last."""
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(lambda each: tried(*each), attempts))
    return next((each for each in found if each[0]), found[-1])


def opened(family, kind, name):
    socket.socket(family, kind).close()
    return "%s opened" % name


def resolved():
    return "a name leads to %s" % socket.getaddrinfo("example.com", 443)[0][4][0]


def asked_over_tcp():
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
    with socket.create_connection(("127.0.0.11", 53), 2) as sock:
        sock.settimeout(2)
        sock.sendall(len(query).to_bytes(2, "big") + query)
        answer = sock.recv(512)
    if len(answer) > 10 and int.from_bytes(answer[8:10], "big") > 0:
        return "the engine's name server answers"
    raise OSError(errno.ENOENT, "no answer")


def main():
    ways = [False, True]
    print(
        json.dumps(
            {
                "network-host": first_open([(connected, host, port, bound) for host in hosts for bound in ways]),
                "network-outside": first_open([(connected, address, 443, bound) for address in ("1.1.1.1", "169.254.169.254") for bound in ways]),
                "network-names": first_open([(resolved,), (asked_over_tcp,)]),
                "network-sockets": first_open(
                    [
                        (opened, socket.AF_INET, socket.SOCK_DGRAM, "UDP"),
                        (opened, socket.AF_INET, socket.SOCK_RAW, "a raw socket"),
                        (opened, socket.AF_INET6, socket.SOCK_STREAM, "IPv6"),
                        (opened, socket.AF_PACKET, socket.SOCK_RAW, "a packet socket"),
                        (opened, 16, socket.SOCK_RAW, "netlink"),
                    ]
                ),
            }
        )
    )


main()
