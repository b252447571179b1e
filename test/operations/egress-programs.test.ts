import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const runners = fileURLToPath(new URL("../../runners", import.meta.url));

/** What an expression over `given` is, in the programs of the proxy; an exception is its type and words. */
function python(imports: string, expression: string, given: readonly unknown[]): unknown[] {
  const program = [
    "import asyncio, json, sys",
    `sys.path.insert(0, ${JSON.stringify(runners)})`,
    imports,
    "async def one(given):",
    `  try: return ${expression}`,
    "  except Exception as error: return type(error).__name__ + ': ' + str(error)",
    "async def every(): return [await one(given) for given in json.load(sys.stdin)]",
    "print(json.dumps(asyncio.run(every())))",
  ].join("\n");
  return JSON.parse(execFileSync("python3", ["-B", "-c", program], { input: JSON.stringify(given), encoding: "utf8" })) as unknown[];
}

const publicOnes = "8.8.8.8 1.1.1.1 93.184.215.14 172.15.0.1 172.32.0.1 223.255.255.255 100.63.0.1 2606:4700::1111 2a00:1450:4001::8b".split(" ");
const others = [
  ..."127.0.0.1 127.255.0.3 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.192 198.18.0.1 224.0.0.1".split(" "),
  ...":: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 2001::1 2001:db8::1 2002:7f00:1::1 fc00::1 fd00:ec2::254 fe80::1".split(" "),
  ..."255.255.255.255 fe80::1%eth0 2606:4700::1111%eth0 ff02::1 localhost 0x7f.1 2130706433 127.1 010.1.1.1".split(" "),
  "",
];
const isPublic = (addresses: readonly string[]): unknown[] => python("from egress_address import is_public", "is_public(given)", addresses);

describe("addresses", () => {
  test("of the public internet are told from all others", () => {
    expect(isPublic(publicOnes)).toEqual(publicOnes.map(() => true));
    expect(Object.fromEntries(isPublic(others).map((answer, index) => [others[index], answer]))).toEqual(
      Object.fromEntries(others.map((each) => [each, false])),
    );
  });

  test("no IPv4 address of a private net is public in any spelling that IPv6 has for it", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const spelled = fc.sample(fc.tuple(fc.constantFrom("10", "127"), octet, octet, octet), 200).flatMap(([a, b, c, d]) => {
      const v4 = `${a}.${b}.${c}.${d}`;
      const hex = [Number(a) * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(":");
      return [v4, `::ffff:${v4}`, `::${v4}`, `::ffff:${hex}`, `64:ff9b::${v4}`, `2002:${hex}::`];
    });
    expect(isPublic(spelled).filter(Boolean)).toEqual([]);
  });
});

describe("requests", () => {
  const requestOf = (heads: readonly string[]): unknown[] =>
    python("from egress_http import Request", "(lambda asked: [asked.method, asked.host, asked.port, asked.path])(Request(given.encode('latin-1')))", heads);
  const at = (line: string, ...fields: string[]): string => [line, ...fields].join("\r\n");
  const good = "GET http://a.test/x?y HTTP/1.1";

  test("are read", () => {
    expect(
      requestOf([
        at(good, "Host: a.test"),
        at("GET HTTP://A.Test:80?y HTTP/1.0", "host: a.test"),
        at("POST http://a.test:8080/ HTTP/1.1", "Host: A.test:8080", "Content-Length: 5"),
        at("CONNECT a.test:443 HTTP/1.1"),
        at("CONNECT [2606:4700::1111]:443 HTTP/1.1", "Host: [2606:4700::1111]"),
      ]),
    ).toEqual([
      ["GET", "a.test", 80, "/x"],
      ["GET", "a.test", 80, "/"],
      ["POST", "a.test", 8080, "/"],
      ["CONNECT", "a.test", 443, null],
      ["CONNECT", "[2606:4700::1111]", 443, null],
    ]);
  });

  test("that two readers could read differently are refused", () => {
    const bad = [
      at(good),
      at(good, "Host: b.test"),
      at(good, "Host: a.test", "Host: a.test"),
      at(good, "Host: a.test", " folded: x"),
      at(good, "Host : a.test"),
      at(good, "Host: a.test", "x"),
      at(good, "Host: a.test", "x: a\nb: c"),
      at(good, "Host: a.test", "x: a\0"),
      at(good, "Host: a.test", "Content-Length: +5"),
      at(good, "Host: a.test", "Content-Length: 5, 5"),
      at(good, "Host: a.test", "Transfer-Encoding: chunked", "Content-Length: 5"),
      at(good, "Host: a.test", ...Array.from({ length: 101 }, () => "a: b")),
      at("GET  http://a.test/ HTTP/1.1", "Host: a.test"),
      at("GET http://a.test/ HTTP/2.0", "Host: a.test"),
      at("TRACE http://a.test/ HTTP/1.1", "Host: a.test"),
      at("GET https://a.test/ HTTP/1.1", "Host: a.test"),
      at("GET http://a.test\\@b.test/ HTTP/1.1", "Host: a.test"),
      at("GET http://b.test#@a.test/ HTTP/1.1", "Host: a.test"),
      at("GET http://a.test./ HTTP/1.1", "Host: a.test."),
      at("GET http://a..test/ HTTP/1.1", "Host: a..test"),
      at("GET http://a.test:0/ HTTP/1.1", "Host: a.test:0"),
      at("GET http://a.test:99999/ HTTP/1.1", "Host: a.test:99999"),
      at("CONNECT a.test HTTP/1.1"),
      at("CONNECT a.test:443 HTTP/1.1", "Host: b.test:443"),
      at("CONNECT a.test:443 HTTP/1.1", "Content-Length: 4"),
      "",
    ];
    expect(requestOf(bad).map((answer) => String(answer).split(":")[0])).toEqual(bad.map(() => "BadHead"));
  });

  test("whatever else is sent is answered by a request or a reason", () => {
    const any = fc.string({ unit: fc.constantFrom(..."GETCON http://a.test:80\r\n\0\t#@?\\[]%Host: \u00ff"), maxLength: 80 });
    const answers = requestOf(fc.sample(any, 500));
    for (const answer of answers) expect(Array.isArray(answer) || String(answer).startsWith("BadHead: ")).toBe(true);
  });
});

describe("the name in a ClientHello", () => {
  const u16 = (n: number): number[] => [n >> 8, n & 255];
  const block = (size: 1 | 2 | 3, bytes: readonly number[]): number[] => [...[0, ...u16(bytes.length)].slice(-size), ...bytes];
  const ascii = (text: string): number[] => [...Buffer.from(text)];
  const extension = (kind: number, content: readonly number[]): number[] => [...u16(kind), ...block(2, content)];
  const named = (name: string): number[] => extension(0, block(2, [0, ...block(2, ascii(name))]));
  const body = (...extensions: number[][]): number[] => [
    3,
    3,
    ...Array.from({ length: 32 }, () => 7),
    0,
    ...block(2, [0x13, 1]),
    1,
    0,
    ...block(2, extensions.flat()),
  ];
  const hello = (...extensions: number[][]): number[] => [1, ...block(3, body(...extensions))];
  const records = (bytes: readonly number[], each = 16_384): number[] => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / each) }, (_, at) => bytes.slice(at * each, (at + 1) * each));
    return pieces.flatMap((piece) => [22, 3, 1, ...block(2, piece)]);
  };
  const nameOf = (given: readonly (readonly number[])[], encrypted = false): unknown[] =>
    python(
      "from egress_tls import read_hello\nasync def name(data):\n  reader = asyncio.StreamReader(); reader.feed_data(bytes(data)); reader.feed_eof()\n  raw, found = await read_hello(reader, " +
        (encrypted ? "True" : "False") +
        ")\n  return [found, len(raw)]",
      "await name(given)",
      given,
    );

  test("is read, also over many records", () => {
    const plain = records(hello(extension(43, [2, 3, 4]), named("A.test")));
    const split = records(hello(named("a.test")), 3);
    const none = records(hello(extension(43, [2, 3, 4])));
    expect(nameOf([plain, split, none])).toEqual([
      ["a.test", plain.length],
      ["a.test", split.length],
      [null, none.length],
    ]);
  });

  test("must be one, and in the open", () => {
    const two = extension(0, block(2, [0, ...block(2, ascii("a.test")), 0, ...block(2, ascii("b.test"))]));
    const bad = [
      records(hello(named("a.test"), named("b.test"))),
      records(hello(two)),
      records(hello(named("a.test"), extension(0xfe0d, [0]))),
      records(hello(named("a.test"), extension(0xffce, [0]))),
      records(hello(named("\u00e4.test"))),
      records([...hello(named("a.test")), 0]),
      records([2, ...hello(named("a.test")).slice(1)]),
      [22, 3, 1, 0, 0],
      [...Buffer.from("GET / HTTP/1.1\r\n\r\n")],
      [23, 3, 3, ...block(2, hello(named("a.test")))],
    ];
    expect(nameOf(bad).map((answer) => String(answer).split(":")[0])).toEqual(bad.map(() => "BadHello"));
    expect(nameOf([records(hello(named("a.test"))).slice(0, 40)])).toEqual([expect.stringMatching(/^IncompleteReadError/)]);
  });

  test("may stand beside an encrypted hello where that is asked for, and is still the one in the open", () => {
    const both = records(hello(named("a.test"), extension(0xfe0d, [0])));
    const hidden = records(hello(extension(0xffce, [0]), named("a.test")));
    expect(nameOf([both, hidden], true)).toEqual([["a.test", both.length], expect.stringMatching(/^BadHello/)]);
  });

  test("is never one that a broken hello does not name", () => {
    const whole = records(hello(extension(43, [2, 3, 4]), named("a.test")));
    const changed = fc.sample(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), 300).map(([at, byte]) => whole.with(at, byte));
    for (const answer of nameOf(changed)) {
      const name = Array.isArray(answer) ? String((answer as unknown[])[0] ?? "none") : "";
      expect(/^([a-z0-9._-]{6}|none|)$/.test(name), `${String(answer)}`).toBe(true);
    }
  });
});
