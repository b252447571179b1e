import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestKey } from "./approvals.ts";
import { folder } from "./workspace.ts";

export type SkType = "sk-ssh-ed25519@openssh.com" | "sk-ecdsa-sha2-nistp256@openssh.com";

/** What a security key does at each touch; may be changed between two signatures, as a forger's would. */
export interface SkHabits {
  /** 1: somebody was there. */
  flags: number;
  /** What it signs for; what stands in its public key, unless changed. */
  application: string;
  /** Signs with this other half. */
  privateKey: KeyObject;
}

export interface SkAgent {
  /** For SSH_AUTH_SOCK. */
  socket: string;
  /** `path` names the public key: there is no private file. */
  key: TestKey;
  habits: SkHabits;
  close(): Promise<void>;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const string = (value: string | Uint8Array): Buffer => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);
const digest = (value: string | Uint8Array): Buffer => createHash("sha256").update(value).digest();
/** As SSH writes numbers: none begins with a bit that would make it negative, or with a zero too many. */
const number = (value: Buffer): Buffer => {
  const first = value.findIndex((byte) => byte !== 0);
  const short = value.subarray(first);
  return string((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
};

/**
 * An ssh-agent that holds one FIDO key: it speaks the agent's protocol over a socket of its own, and signs as the hardware would
 * (PROTOCOL.u2f of OpenSSH), with a key of Node's.
 */
export async function skAgent(type: SkType = "sk-ssh-ed25519@openssh.com"): Promise<SkAgent> {
  const { publicKey, privateKey } = skPair(type);
  const blob = publicBlob(type, publicKey);
  const dir = folder();
  const [socket, path] = [join(dir, "agent"), join(dir, "id_sk.pub")];
  const line = `${type} ${blob.toString("base64")}`;
  writeFileSync(path, `${line} a security key\n`);
  const habits: SkHabits = { flags: 1, application: "ssh:", privateKey };
  let counter = 41;
  const answer = (message: Buffer): Buffer => {
    if (message[0] === 11) return Buffer.concat([Buffer.from([12]), uint32(1), string(blob), string("a security key")]);
    if (message[0] !== 13) return Buffer.from([5]);
    const size = message.readUInt32BE(1);
    const data = message.subarray(5 + size + 4, 5 + size + 4 + message.readUInt32BE(5 + size));
    counter += 1;
    return Buffer.concat([Buffer.from([14]), string(skSignature(type, habits, counter, data))]);
  };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    let got = Buffer.alloc(0);
    open.add(client.on("error", () => undefined).on("close", () => open.delete(client)));
    client.on("data", (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      for (let size = sizeOf(got); size !== undefined && got.length >= 4 + size; size = sizeOf(got)) {
        client.write(string(answer(got.subarray(4, 4 + size))));
        got = got.subarray(4 + size);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    key: { path, publicKey: line },
    habits,
    close: () =>
      new Promise((resolve) => {
        for (const client of open) client.destroy();
        server.close(() => resolve());
      }),
  };
}

function sizeOf(got: Buffer): number | undefined {
  return got.length < 4 ? undefined : got.readUInt32BE(0);
}

export function skPair(type: SkType): { publicKey: KeyObject; privateKey: KeyObject } {
  return type.includes("ed25519") ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

function publicBlob(type: SkType, key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const point = (text: string): Buffer => Buffer.from(text, "base64url");
  const own = type.includes("ed25519") ? [string(point(x))] : [string("nistp256"), string(Buffer.concat([Buffer.from([4]), point(x), point(y)]))];
  return Buffer.concat([string(type), ...own, string("ssh:")]);
}

function skSignature(type: SkType, { flags, application, privateKey }: SkHabits, counter: number, data: Buffer): Buffer {
  const told = Buffer.concat([Buffer.from([flags]), uint32(counter)]);
  const signed = Buffer.concat([digest(application), told, digest(data)]);
  if (type.includes("ed25519")) return Buffer.concat([string(type), string(sign(null, signed, privateKey)), told]);
  const both = sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return Buffer.concat([string(type), string(Buffer.concat([number(both.subarray(0, 32)), number(both.subarray(32))])), told]);
}
