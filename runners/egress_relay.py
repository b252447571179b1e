"""The connections of egress_proxy.py: judged, led to an address that was looked at, counted, ended."""

import asyncio
import ipaddress
import socket
import time

from egress_address import is_address, is_public
from egress_http import HEAD_MAX, BadHead, Request, read_head, response_head
from egress_tls import BadHello, read_hello

CONNECTIONS_MAX = 32
REQUESTS_MAX = 1000
HEAD_S = 10
CONNECT_S = 10
CHUNK = 65536
INTERIM_MAX = 5
REASONS = {400: "Bad Request", 403: "Forbidden", 429: "Too Many Requests", 502: "Bad Gateway", 504: "Gateway Timeout"}


class Refused(Exception):
    """It may not pass."""

    def __init__(self, why, status=403):
        super().__init__(why)
        self.status = status


class Failed(Exception):
    """It might pass, and could not."""

    def __init__(self, why, status=502):
        super().__init__(why)
        self.status = status


class Flow:
    """One connection of a job: its record, and when something last moved."""

    def __init__(self, number):
        self.record = {"id": number, "at": int(time.time() * 1000), "bytesUp": 0, "bytesDown": 0}
        self.started = self.moved = time.monotonic()
        self.answered = False

    def end(self, outcome, why=None):
        self.record["outcome"] = outcome
        if why is not None:
            self.record["why"] = why[:300]
        self.record["durationMs"] = int((time.monotonic() - self.started) * 1000)
        return {"t": "end", **self.record}


class Proxy:
    head_max = HEAD_MAX

    def __init__(self, config, say):
        self.hosts = {(each["host"], each["port"]) for each in config["hosts"]}
        self.addresses = config["addresses"]
        self.subnet = ipaddress.ip_network(config["subnet"])
        self.left = config["bytesMax"]
        self.idle = config["idleMs"] / 1000
        self.encrypted = config["encryptedHello"]
        self.ends = time.monotonic() + config["timeoutMs"] / 1000
        self.say = say
        self.count = self.open = 0

    async def accept(self, reader, writer):
        peer = writer.get_extra_info("peername")[0]
        # Where the outward network leads here too, whoever is on it is no job of this call.
        if ipaddress.ip_address(peer) not in self.subnet or self.count >= REQUESTS_MAX:
            return writer.transport.abort()
        self.count += 1
        self.open += 1
        flow = Flow(self.count)
        work = asyncio.ensure_future(self.serve(flow, reader, writer))
        try:
            await self.watched(flow, work)
        finally:
            self.open -= 1
            # A reset says that an answer is not whole; a plain end would not.
            writer.transport.abort() if flow.answered and "why" in flow.record else writer.close()

    async def watched(self, flow, work):
        """Ends what takes too long, and what does not move."""
        why = None
        while not work.done():
            now = time.monotonic()
            if now >= self.ends:
                why = "the call's time is over"
            elif now - flow.moved >= self.idle:
                why = "nothing moved for %d s" % self.idle
            if why is not None:
                work.cancel()
            left = min(self.ends - now, self.idle - (now - flow.moved))
            await asyncio.wait([work], timeout=max(0.05, left))
        if work.cancelled():
            self.say(flow.end("failed", why or "it was ended"))

    async def serve(self, flow, reader, writer):
        try:
            await self.request(flow, reader, writer)
            if "method" in flow.record:
                self.say(flow.end("passed"))
        except (Refused, BadHead, BadHello) as error:
            status = getattr(error, "status", 400 if isinstance(error, BadHead) else 403)
            self.say(flow.end("refused", str(error)))
            await answer(flow, writer, status, str(error))
        except Failed as error:
            self.say(flow.end("failed", str(error)))
            await answer(flow, writer, error.status, str(error))
        except (OSError, EOFError) as error:
            # Programs reset a tunnel that they have done with: what was answered was led on.
            led = "status" in flow.record and flow.record["bytesDown"] > 0
            self.say(flow.end("passed" if led else "failed", "the connection broke off (%s)" % type(error).__name__))
            await answer(flow, writer, 502, "the connection broke off")

    async def request(self, flow, reader, writer):
        if self.open > CONNECTIONS_MAX:
            raise Refused("more than %d connections at once" % CONNECTIONS_MAX, 429)
        try:
            head = await asyncio.wait_for(read_head(reader), HEAD_S)
        except asyncio.TimeoutError:
            raise BadHead("no head within %d s" % HEAD_S) from None
        if head == b"":
            return
        request = Request(head)
        flow.record.update(method=request.method, host=request.host, port=request.port)
        if request.path is not None:
            flow.record["path"] = request.path[:1000]
        if (request.host, request.port) not in self.hosts:
            raise Refused("%s:%d was not granted to this call" % (request.host, request.port))
        self.say({"t": "open", **flow.record})
        address = await self.address_of(request.host)
        flow.record["address"] = address
        up_reader, up_writer = await connect(address, request.port)
        try:
            flow.moved = time.monotonic()
            if request.method == "CONNECT":
                await self.tunnel(flow, request, reader, writer, up_reader, up_writer)
            else:
                await self.plain(flow, request, reader, writer, up_reader, up_writer)
        finally:
            up_writer.transport.abort()

    async def address_of(self, host):
        """Pinned, literal, or looked up once: then each address that the name has must be public."""
        pinned = self.addresses.get(host)
        if pinned is not None:
            return pinned
        bare = host[1:-1] if host.startswith("[") else host
        if is_address(bare):
            return bare
        loop = asyncio.get_running_loop()
        try:
            found = await asyncio.wait_for(loop.getaddrinfo(host + ".", None, type=socket.SOCK_STREAM), CONNECT_S)
        except (OSError, asyncio.TimeoutError, UnicodeError):
            raise Failed("%s has no address" % host) from None
        addresses = list(dict.fromkeys(each[4][0] for each in found))
        inside = [each for each in addresses if not is_public(each)]
        if inside or not addresses:
            raise Refused("%s leads to %s, which is no address of the public internet" % (host, inside[0] if inside else "nothing"))
        # Containers have IPv4; a name that has both is reached by it.
        return sorted(addresses, key=lambda each: ":" in each)[0]

    async def tunnel(self, flow, request, reader, writer, up_reader, up_writer):
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        flow.answered = True
        try:
            hello, name = await asyncio.wait_for(read_hello(reader, self.encrypted), HEAD_S)
        except asyncio.TimeoutError:
            raise BadHello("no ClientHello within %d s" % HEAD_S) from None
        except asyncio.IncompleteReadError:
            raise BadHello("the ClientHello breaks off") from None
        if name is not None:
            flow.record["sni"] = name[:253]
        literal = is_address(request.host.strip("[]"))
        if name != (None if literal else request.host):
            raise Refused("the ClientHello names %s" % (name or "no server"))
        flow.record["status"] = 200
        self.bear(flow, "bytesUp", len(hello))
        up_writer.write(hello)
        await self.both(self.pump(flow, "bytesUp", reader, up_writer), self.pump(flow, "bytesDown", up_reader, writer))

    async def plain(self, flow, request, reader, writer, up_reader, up_writer):
        head = request.onward()
        self.bear(flow, "bytesUp", len(head))
        up_writer.write(head)
        await self.both(self.pump(flow, "bytesUp", reader, up_writer, request.length), self.reply(flow, up_reader, writer))

    async def both(self, up, down):
        """The server's side decides when it is over; a job that has no more to say may still listen."""
        tasks = [asyncio.ensure_future(up), asyncio.ensure_future(down)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[1].done():
                tasks[0].result()
            await tasks[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def reply(self, flow, up_reader, writer):
        for _ in range(INTERIM_MAX):
            try:
                head = await read_head(up_reader)
                status, onward = response_head(head)
            except BadHead as error:
                raise Failed("the answer cannot be read: %s" % error) from None
            if status >= 200:
                break
        else:
            raise Failed("the server answers without end")
        flow.record["status"] = status
        self.bear(flow, "bytesDown", len(onward))
        flow.answered = True
        writer.write(onward)
        await self.pump(flow, "bytesDown", up_reader, writer)

    async def pump(self, flow, field, reader, writer, length=None):
        """Until the end of the stream, or for `length` bytes: what a job sends beyond its request goes nowhere."""
        while length is None or length > 0:
            data = await reader.read(CHUNK if length is None else min(CHUNK, length))
            if not data:
                break
            if length is not None:
                length -= len(data)
            self.bear(flow, field, len(data))
            writer.write(data)
            await writer.drain()
            flow.moved = time.monotonic()
        if length is None and writer.can_write_eof():
            writer.write_eof()

    def bear(self, flow, field, count):
        if count > self.left:
            raise Refused("the bytes that this call may move are used up")
        self.left -= count
        flow.record[field] += count
        flow.moved = time.monotonic()


async def connect(address, port):
    try:
        return await asyncio.wait_for(asyncio.open_connection(address, port, limit=HEAD_MAX), CONNECT_S)
    except asyncio.TimeoutError:
        raise Failed("%s:%d does not answer" % (address, port), 504) from None
    except OSError as error:
        raise Failed("%s:%d cannot be reached (%s)" % (address, port, error.strerror or "no connection")) from None


async def answer(flow, writer, status, why):
    """The reason, where nothing was answered yet; a tunnel or a body that breaks off is only ended."""
    if flow.answered:
        return
    body = ("agentctl egress: %s\n" % why).encode("latin-1", "replace")
    head = "HTTP/1.1 %d %s\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\nx-agentctl-egress: %s\r\n\r\n"
    try:
        writer.write((head % (status, REASONS.get(status, "Refused"), len(body), "refused" if status in (400, 403, 429) else "failed")).encode() + body)
        await asyncio.wait_for(writer.drain(), 2)
    except (OSError, asyncio.TimeoutError):
        pass
