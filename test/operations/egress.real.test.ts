import { createServer as createNetServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenRun } from "../../src/operations/in-run.ts";
import { startEgress, type NetRequest, type OpenEgress } from "../../src/operations/open-egress.ts";
import { scopeOf } from "../../src/operations/scope.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import { runJob } from "../../src/runner/run-job.ts";
import { bridgeAddress, egressEngine, listening, serve, serveDns, serveTls, type TestDns, type TestServer } from "../support/egress-world.ts";
import { describeReal } from "../support/engine.ts";
import { shipped } from "../support/skills.ts";
import { workspace } from "../support/workspace.ts";
import { inContext } from "./tools/in-context.ts";

async function opened(asked: Parameters<typeof startEgress>[0]): Promise<OpenEgress> {
  return (await startEgress(asked)).opened;
}

/** Makes each attempt in turn from inside the job, and prints what came of it. */
const program = `
import base64, json, os, socket, ssl, sys, time
from concurrent.futures import ThreadPoolExecutor
host, port = os.environ["HTTP_PROXY"].removeprefix("http://").split(":")
proxy = (host, int(port))

def read(sock, most=8000000):
    data = b""
    try:
        while len(data) < most:
            piece = sock.recv(65536)
            if not piece: break
            data += piece
    except OSError as error:
        data += b" <" + type(error).__name__.encode() + b">"
    return data

def attempt(each):
    began = time.monotonic()
    try:
        with socket.socket() as sock:
            sock.settimeout(min(5, each.get("timeout", 20)))
            if each.get("bound"): sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0"); sock.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
            sock.connect(tuple(each.get("to", proxy)))
            sock.settimeout(each.get("timeout", 20))
            if each.get("drip"):
                for byte in each["send"]:
                    sock.sendall(byte.encode()); time.sleep(0.5)
            else: sock.sendall(each["send"].encode("latin-1"))
            if "tls" in each:
                head = sock.recv(4096)
                if b" 200 " not in head: return head.decode("latin-1")
                context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
                with context.wrap_socket(sock, server_hostname=each["tls"] or None) as inner:
                    inner.sendall(each.get("inside", "GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n").encode())
                    return read(inner)[:400].decode("latin-1")
            if "next" in each:
                head = sock.recv(4096); sock.sendall(each["next"].encode("latin-1"))
                return (head + read(sock)).decode("latin-1")[:400]
            data = read(sock)
            return data[:400].decode("latin-1") + " %d bytes %.1f s" % (len(data), time.monotonic() - began)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)

def looks(family, kind):
    try: socket.socket(family, kind).close(); return "open"
    except OSError as error: return error.strerror

def resolved():
    try: return socket.getaddrinfo("leak.test", 80)[0][4][0]
    except OSError as error: return type(error).__name__

def asked_over_tcp():
    query = b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x04leak\\x04test\\x00\\x00\\x01\\x00\\x01"
    try:
        with socket.create_connection(("127.0.0.11", 53), 5) as sock:
            sock.settimeout(10); sock.sendall(len(query).to_bytes(2, "big") + query)
            answer = sock.recv(512)
            return "answers %d" % int.from_bytes(answer[8:10], "big") if answer else "nothing"
    except OSError as error: return type(error).__name__

asked = json.load(sys.stdin)
with ThreadPoolExecutor(8) as many: results = list(many.map(attempt, asked["attempts"]))
later = [attempt(each) for each in asked["later"]]
seen = {"udp": looks(socket.AF_INET, socket.SOCK_DGRAM), "ping": looks(socket.AF_INET, socket.SOCK_DGRAM | 0), "raw": looks(socket.AF_INET, socket.SOCK_RAW),
        "v6": looks(socket.AF_INET6, socket.SOCK_STREAM), "packet": looks(17, socket.SOCK_RAW), "netlink": looks(16, socket.SOCK_RAW),
        "name": resolved(), "tcpName": asked_over_tcp()}
print(json.dumps({"results": results, "later": later, "seen": seen}))
`;

interface Attempt {
  name: string;
  send: string;
  expect: RegExp;
  /** What the record has to say of it. */
  record?: Partial<NetRequest>;
  [more: string]: unknown;
}

let real: Awaited<ReturnType<typeof egressEngine>>;
let dns: TestDns;
let plain: TestServer;
let tls: TestServer;
let other: TestServer;
let silent: TestServer;
let everywhere: TestServer;
let here = "";
let strays = 0;
const asked: { url: string; headers: Record<string, unknown>; body: string }[] = [];

describeReal("a job with a way out", () => {
  beforeAll(async () => {
    real = await egressEngine();
    here = await bridgeAddress(real.engine);
    plain = await serve(here, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push({ url: request.url ?? "", headers: request.headers, body });
        if (request.url === "/away") return response.writeHead(302, { location: "http://forbidden.test/" }).end();
        if (request.url === "/drip") {
          const timer = setInterval(() => response.write("."), 100);
          return response.on("close", () => clearInterval(timer));
        }
        if (request.url === "/flood") {
          const more = (): void => {
            while (!response.destroyed && response.write("x".repeat(65_536)));
          };
          response.on("drain", more);
          return more();
        }
        return response.end(`plain ${request.url} ${body}`);
      });
    });
    tls = await serveTls(here, "good.test", (_, response) => response.end("behind tls"));
    other = await serve(here, (_, response) => response.end("the other one"));
    silent = await listening(
      createNetServer(() => undefined),
      here,
    );
    everywhere = await listening(
      createNetServer((client) => {
        strays += 1;
        client.end("host");
      }),
      "0.0.0.0",
    );
    dns = await serveDns(real.engine, real.shell, {
      "named.test": [[here]],
      "loop.test": [["127.0.0.1"]],
      "meta.test": [["169.254.169.254"]],
      "mixed.test": [["93.184.215.14", "10.0.0.1"]],
      "rebind.test": [["198.51.99.1"], ["127.0.0.1"]],
    });
  });
  afterAll(async () => {
    for (const server of [plain, tls, other, silent, everywhere]) server?.close();
    await dns?.close();
    await jobsSettled(real.engine);
  });

  test("reaches exactly the granted hosts and ports, and nothing else in any way", { timeout: 120_000 }, async () => {
    const granted = [
      { host: "good.test", port: plain.port },
      { host: "good.test", port: tls.port },
      { host: "good.test", port: silent.port },
      { host: here, port: plain.port },
      ...["named.test", "loop.test", "meta.test", "mixed.test", "rebind.test", "absent.test"].map((host) => ({ host, port: plain.port })),
    ];
    const P = plain.port;
    const get = (url: string, host: string, more = ""): string => `GET ${url} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const at = (host: string, path = "/", port = P): string => get(`http://${host}:${port}${path}`, `${host}:${port}`);
    const connect = (host: string, port: number): string => `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
    const attempts: Attempt[] = [
      {
        name: "allowed",
        send: at("good.test", "/a?secret=1"),
        expect: /200 OK[^]*plain \/a\?secret=1/,
        record: { outcome: "passed", path: "/a", status: 200, address: here },
      },
      { name: "POST", send: `POST http://good.test:${P}/post HTTP/1.1\r\nHost: good.test:${P}\r\nContent-Length: 4\r\n\r\nbody`, expect: /plain \/post body/ },
      {
        name: "TLS",
        send: connect("good.test", tls.port),
        tls: "good.test",
        expect: /behind tls/,
        record: { outcome: "passed", method: "CONNECT", sni: "good.test" },
      },
      { name: "granted literal", send: at(here), expect: /200 OK/, record: { host: here, outcome: "passed" } },
      { name: "redirect", send: at("good.test", "/away"), expect: /302 Found[^]*location: http:\/\/forbidden\.test/i },
      {
        name: "other name",
        send: at("forbidden.test"),
        expect: /403 [^]*forbidden\.test:\d+ was not granted/,
        record: { outcome: "refused", host: "forbidden.test" },
      },
      { name: "other port", send: at("good.test", "/", other.port), expect: /403 .*[^]*was not granted/ },
      { name: "raw IP", send: at("10.0.0.1"), expect: /403 / },
      { name: "raw IP, CONNECT", send: connect("127.0.0.1", P), expect: /403 / },
      { name: "IP as a number", send: at("2130706433"), expect: /403 / },
      {
        name: "no SNI",
        send: connect("good.test", tls.port),
        tls: "",
        expect: /Error|EOF/,
        record: { outcome: "refused", why: "the ClientHello names no server" },
      },
      { name: "other SNI", send: connect("good.test", tls.port), tls: "evil.test", expect: /Error|EOF/, record: { outcome: "refused", sni: "evil.test" } },
      {
        name: "not TLS",
        send: connect("good.test", P),
        next: "GET / HTTP/1.1\r\n\r\n",
        expect: /^HTTP\/1\.1 200 Connection established\r\n\r\n( <\w+>)?$/,
        record: { outcome: "refused", why: "what was sent is no TLS" },
      },
      { name: "two Hosts", send: get(`http://good.test:${P}/`, `good.test:${P}`, "Host: evil.test\r\n"), expect: /400 / },
      { name: "other Host", send: get(`http://good.test:${P}/`, "evil.test"), expect: /400 [^]*Host is not/ },
      { name: "no Host", send: `GET http://good.test:${P}/ HTTP/1.1\r\n\r\n`, expect: /400 / },
      { name: "user in the URL", send: get(`http://good.test:${P}@evil.test/`, `good.test:${P}`), expect: /400 / },
      { name: "origin form", send: get("/", `good.test:${P}`), expect: /400 / },
      { name: "two lengths", send: get(`http://good.test:${P}/`, `good.test:${P}`, "Content-Length: 1\r\nContent-Length: 2\r\n"), expect: /400 / },
      { name: "chunked", send: get(`http://good.test:${P}/`, `good.test:${P}`, "Transfer-Encoding: chunked\r\n"), expect: /400 / },
      { name: "bare line feed", send: `GET http://good.test:${P}/ HTTP/1.1\nHost: good.test:${P}\r\n\r\n`, expect: /400 / },
      { name: "dropped Host", send: get(`http://good.test:${P}/`, `good.test:${P}`, "Connection: host\r\n"), expect: /400 / },
      { name: "second request", send: at("good.test", "/one") + at("good.test", "/smuggled"), expect: /plain \/one {2}\d+ bytes/ },
      {
        name: "hop fields",
        send: get(`http://good.test:${P}/hop`, `good.test:${P}`, "Proxy-Authorization: a\r\nX-Mine: b\r\nConnection: x-mine\r\n"),
        expect: /200 OK/,
      },
      { name: "10,000 headers", send: get(`http://good.test:${P}/`, `good.test:${P}`, "a: b\r\n".repeat(4_000)), expect: /400 [^]*100 header/ },
      { name: "10,000 headers", send: get(`http://good.test:${P}/`, `good.test:${P}`, "a: bcdefgh\r\n".repeat(10_000)), expect: /400 |Error/ },
      {
        name: "a name by DNS that leads to the bridge",
        send: at("named.test"),
        expect: /403 [^]*no address of the public internet/,
        record: { outcome: "refused" },
      },
      { name: "a name that leads to loopback", send: at("loop.test"), expect: /403 [^]*127\.0\.0\.1/ },
      { name: "a name that leads to metadata", send: at("meta.test"), expect: /403 [^]*169\.254\.169\.254/ },
      { name: "a name with one private address", send: at("mixed.test"), expect: /403 [^]*10\.0\.0\.1/ },
      { name: "a name that there is none of", send: at("absent.test"), expect: /502 [^]*has no address/, record: { outcome: "failed" } },
      { name: "public first", send: at("rebind.test"), expect: /50[24] /, record: { outcome: "failed", address: "198.51.99.1" } },
      { name: "a silent server", send: at("good.test", "/", silent.port), timeout: 3, expect: /TimeoutError|timeout/ },
    ];
    const network = await inContext(world().dir, {}, async ({ open, authority, env }) => {
      const egress = await opened({ authority, env, open, key: "s1.1.1", hosts: granted, timeoutMs: 60_000 });
      const found = await real.engine.docker.getNetwork(egress.network.name).inspect();
      const gateway = found.IPAM?.Config?.[0]?.Gateway ?? egress.proxyUrl.replace(/^http:\/\/|\.\d+:\d+$/g, "") + ".1";
      const [proxyHost = ""] = egress.proxyUrl.slice("http://".length).split(":");
      const around = [
        ["the gateway", gateway, everywhere.port],
        ["the host's address", here, everywhere.port],
        ["the name server", dns.address, 53],
        ["the server itself", here, P],
        ["another port of the proxy", proxyHost, 22],
      ] as const;
      const later: Attempt[] = [
        { name: "private second", send: at("rebind.test"), expect: /403 [^]*127\.0\.0\.1/, record: { outcome: "refused" } },
        ...around
          .flatMap((each) => [[...each, false] as const, [...each, true] as const])
          .map(([name, address, port, bound]) => ({
            name: bound ? `${name}, without a route` : name,
            bound,
            to: [address, port],
            send: "GET / HTTP/1.0\r\n\r\n",
            timeout: 1,
            expect: /^(TimeoutError|OSError|ConnectionRefusedError)/,
          })),
      ];
      const said = await tried(egress, open, attempts, later);
      const requests = await egress.close();
      for (const [index, attempt] of [...attempts, ...later].entries()) {
        expect.soft([...said.results, ...said.later][index], attempt.name).toMatch(attempt.expect);
        if (attempt.record !== undefined) expect.soft(requests, attempt.name).toContainEqual(expect.objectContaining(attempt.record));
      }
      expect(said.seen).toMatchObject({ udp: "Operation not permitted", raw: "Operation not permitted", v6: "Operation not permitted" });
      expect(said.seen).toMatchObject({ packet: "Operation not permitted", netlink: "Operation not permitted", name: "gaierror" });
      expect(said.seen["tcpName"]).not.toBe("answers 1");
      expect(requests.filter(({ host }) => host === "good.test").every(({ path }) => path === undefined || !path.includes("secret"))).toBe(true);
      return egress.network.name;
    });
    expect(strays).toBe(0);
    expect(await dns.queries()).not.toContain("leak.test");
    expect(asked.map(({ url }) => url)).not.toContain("/smuggled");
    const { headers } = asked.find(({ url }) => url === "/hop")!;
    expect(Object.keys(headers).toSorted()).toEqual(["connection", "host"]);
    await jobsSettled(real.engine);
    await expect(real.engine.docker.getNetwork(network).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test("ends what is huge, and what is slow either way", { timeout: 180_000 }, async () => {
    const { port } = plain;
    const get = (path: string): string => `GET http://good.test:${port}${path} HTTP/1.1\r\nHost: good.test:${port}\r\n\r\n`;
    const attempts: Attempt[] = [
      {
        name: "a head by the byte",
        send: get("/"),
        drip: true,
        expect: /BrokenPipe|ConnectionReset|400 [^]*no head within 10 s/,
        record: { outcome: "refused", why: "no head within 10 s" },
      },
      {
        name: "a body by the byte",
        send: get("/drip"),
        expect: /200 OK[^]* \d+\.\d s$/,
        record: { outcome: "failed", why: "the call's time is over", path: "/drip" },
      },
    ];
    const flood: Attempt = {
      name: "a body without end",
      send: get("/flood"),
      expect: /200 OK/,
      record: { outcome: "refused", why: "the bytes that this call may move are used up" },
    };
    await inContext(world().dir, {}, async ({ open, authority, env }) => {
      const egress = await opened({ authority, env, open, key: "s1", hosts: [{ host: "good.test", port }], bytesMax: 1024 * 1024, timeoutMs: 25_000 });
      const { results, later } = await tried(egress, open, attempts, []);
      expect(later).toEqual([]);
      const second = await opened({ authority, env, open, key: "s2", hosts: [{ host: "good.test", port }], bytesMax: 1024 * 1024 });
      const flooded = await tried(second, open, [flood], []);
      expect(Number(/ (\d+) bytes/.exec(flooded.results[0] ?? "")?.[1])).toBeLessThanOrEqual(1024 * 1024);
      const requests = [...(await egress.close()), ...(await second.close())];
      for (const [index, attempt] of [...attempts, flood].entries()) {
        expect.soft([...results, ...flooded.results][index], attempt.name).toMatch(attempt.expect);
        expect.soft(requests, attempt.name).toContainEqual(expect.objectContaining(attempt.record));
      }
    });
  });

  /** What a job in this way out says of its attempts. */
  async function tried(
    egress: OpenEgress,
    open: OpenRun,
    attempts: readonly Attempt[],
    later: readonly Attempt[],
  ): Promise<{ results: string[]; later: string[]; seen: Record<string, string> }> {
    const result = await runJob(real.engine, {
      image: real.shell,
      command: ["python3", "main.py"],
      cwd: "/work",
      files: [{ path: "main.py", data: program }],
      stdin: JSON.stringify({ attempts, later }),
      env: egress.env,
      limits: { ...defaultLimits, timeoutMs: 60_000 },
      run: open.run,
      scope: scopeOf(open.stateDir),
      network: egress.network,
    });
    expect(Buffer.from(result.stderr).toString()).toBe("");
    return JSON.parse(Buffer.from(result.stdout).toString()) as Awaited<ReturnType<typeof tried>>;
  }

  function world(): { dir: string } {
    return workspace({
      "agentctl.yaml": `egress:\n  addresses: [good.test=${here}]\n  dns: [${dns.address}]\n`,
      ...shipped("policies"),
    });
  }
});
