import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { requireImage } from "../../src/runner/images.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { selfSigned } from "../operations/tools/self-signed.ts";

/** The engine, and the image of a proxy: no other has to be built for it. */
export async function egressEngine(): Promise<{ engine: Engine; shell: string }> {
  const engine = await connectEngine();
  return { engine, shell: (await requireImage(engine, "shell", { package: packageRoot() })).id };
}

/** The host's address on the network that leads out: a server that listens there is one that proxies reach. */
export async function bridgeAddress({ docker }: Engine): Promise<string> {
  const bridge = await docker.getNetwork("bridge").inspect();
  const { Gateway, Subnet = "" } = bridge.IPAM?.Config?.[0] ?? {};
  return Gateway ?? Subnet.replace(/\d+\/\d+$/, "1");
}

export interface TestServer {
  port: number;
  close(): void;
}

export async function serve(address: string, answer: RequestListener): Promise<TestServer> {
  return listening(createServer({ maxHeaderSize: 65_536 }, answer), address);
}

/** With a certificate that nobody vouches for. */
export async function serveTls(address: string, name: string, answer: RequestListener): Promise<TestServer> {
  const { key, cert } = selfSigned(name);
  return listening(createTlsServer({ key: key.export({ type: "pkcs8", format: "pem" }), cert }, answer), address);
}

export async function listening(server: NetServer, address: string): Promise<TestServer> {
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      (server as Partial<Server>).closeAllConnections?.();
      server.close();
    },
  };
}

export interface TestDns {
  address: string;
  /** Names that were asked for, in order. */
  queries(): Promise<string[]>;
  close(): Promise<void>;
}

const dnsProgram = `
import json, socket, struct, sys
answers, asked = json.loads(sys.argv[1]), {}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode().lower()); at += 1 + query[at]
    name, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1 : at + 3])
    print(name, flush=True)
    listed = answers.get(name, [])
    body = b""
    count = 0
    if kind == 1 and listed:
        turn = asked[name] = asked.get(name, -1) + 1
        for address in listed[min(turn, len(listed) - 1)]:
            body += b"\\xc0\\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address); count += 1
    flags = 0x8180 if listed else 0x8183
    server.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + query[12 : at + 5] + body, client)
`;

/** A name server in a container on the network that leads out: of each name the answers in turn, the last one for ever. */
export async function serveDns({ docker }: Engine, image: string, answers: Record<string, string[][]>): Promise<TestDns> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["python3", "-c", dnsProgram],
    Cmd: [JSON.stringify(answers)],
    User: "0",
    HostConfig: { NetworkMode: "bridge", LogConfig: { Type: "json-file", Config: {} } },
  });
  await container.start();
  const lines = async (): Promise<string[]> => {
    const logged = await container.logs({ stdout: true, stderr: true });
    return logged
      .toString("latin1")
      .split("\n")
      .map((line) => line.slice(8).trim())
      .filter((line) => line !== "");
  };
  while (!(await lines()).includes("ready"));
  const { NetworkSettings } = await container.inspect();
  return {
    address: NetworkSettings.Networks["bridge"]?.IPAddress ?? "",
    queries: async () => (await lines()).slice(1),
    close: () => container.remove({ force: true }),
  };
}
