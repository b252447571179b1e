"""The one way out of a call: an HTTP proxy in a container of its own, which lets exactly the granted hosts and ports pass.

stdin   one line of JSON: {"hosts": [{"host", "port"}], "addresses": {host: address}, "gateway": a, "subnet": n, "bytesMax": n, "timeoutMs": n, "idleMs": n,
        "encryptedHello": b}
stderr  records, each one line of JSON:
        {"t": "listening", "address": a, "port": p}
        {"t": "open", "id": n, …}    a request, before anything is sent on;  {"t": "end", "id": n, …}  the same when it is over
        {"t": "tick", "at": ms}      everything before this time has been told
        {"t": "fail", "why": w}      it does not listen
CONNECT carries TLS whose ClientHello names the host of the CONNECT; what goes through it then is for the two ends only. A plain request is one
absolute http:// URL and ends its connection. Nothing is stored, followed or retried.
"""

import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

PORT = 3128
BACKLOG = 32
TICK_S = 0.05


def say(record):
    data = json.dumps(record).encode() + b"\n"
    while data:
        data = data[os.write(2, data) :]


def own_address(gateway):
    """Of this container on the call's network: no packet is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((gateway, 9))
        return asking.getsockname()[0]


def is_held(address):
    """Whether anybody on the call's network has this address. Its gateway is the host, unless the engine was able to leave it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.sendto(b"", (address, 9))
        except OSError:
            pass
    for _ in range(10):
        time.sleep(0.01)
        with open("/proc/net/arp") as table:
            if any(line.split()[0] == address and int(line.split()[2], 16) & 2 for line in table.readlines()[1:]):
                return True
    return False


def main():
    config = json.loads(sys.stdin.readline())
    if is_held(config["gateway"]):
        return say({"t": "fail", "why": "the host has the address %s on the call's network" % config["gateway"]})
    import asyncio

    from egress_relay import Proxy

    async def serve():
        address = own_address(config["gateway"])
        proxy = Proxy(config, say)
        server = await asyncio.start_server(proxy.accept, address, PORT, limit=proxy.head_max, backlog=BACKLOG)
        say({"t": "listening", "address": address, "port": PORT})
        async with server:
            while True:
                say({"t": "tick", "at": int(time.time() * 1000)})
                await asyncio.sleep(TICK_S)

    asyncio.run(serve())


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        say({"t": "fail", "why": "%s: %s" % (type(error).__name__, str(error)[:200])})
        sys.exit(1)
