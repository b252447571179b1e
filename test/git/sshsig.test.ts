import fc from "fast-check";
import { expect, test } from "vitest";
import { readSshsig } from "../../src/git/sshsig.ts";
import { signText, sshKey } from "../support/approvals.ts";

const string = (value: string | Uint8Array): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(Buffer.byteLength(value));
  return Buffer.concat([size, Buffer.from(value)]);
};
const armored = (body: Uint8Array): string => `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(body).toString("base64")}\n-----END SSH SIGNATURE-----\n`;
const sk = "sk-ssh-ed25519@openssh.com";
const of = (key: Buffer, signature: Buffer): string =>
  armored(
    Buffer.concat([Buffer.from("SSHSIG\0\0\0\x01", "latin1"), string(key), string("agentctl-approval-v1"), string(""), string("sha512"), string(signature)]),
  );
const skKey = Buffer.concat([string(sk), string("k".repeat(32)), string("ssh:")]);
const skSignature = (flags: number, as = sk): Buffer => Buffer.concat([string(as), string("s".repeat(64)), Buffer.from([flags, 0, 0, 0, 7])]);

test("reads whose key it names, as a line of signers has it", () => {
  const key = sshKey();
  expect(readSshsig(signText("x", key))).toEqual({ key: key.publicKey.split(" ")[1], keyType: "ssh-ed25519" });
});

test("of a security key it says whether it was touched; what does not say so is none", () => {
  expect([1, 0, 5, 4].map((flags) => readSshsig(of(skKey, skSignature(flags)))?.touched)).toEqual([true, false, true, false]);
  const odd = [
    Buffer.concat([skSignature(1), Buffer.from([1])]),
    skSignature(1).subarray(0, -1),
    skSignature(1, "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
    Buffer.concat([string("ssh-ed25519"), string("s".repeat(64))]),
    Buffer.alloc(0),
  ];
  for (const signature of odd) expect(readSshsig(of(skKey, signature))).toBeUndefined();
  expect(readSshsig(`${of(skKey, skSignature(1))}more`)).toBeUndefined();
});

test("reads anything without a fault, and nothing out of what is cut off", () => {
  const whole = Buffer.from(of(skKey, skSignature(1)).split("\n")[1] ?? "", "base64");
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (size) => {
      expect(readSshsig(armored(whole.subarray(0, size)))).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      expect(readSshsig(Buffer.from(data).toString("latin1"))).toBeUndefined();
      readSshsig(armored(Buffer.concat([Buffer.from("SSHSIG\0\0\0\x01", "latin1"), Buffer.from(data)])));
    }),
  );
});
