import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A certificate that its own key vouches for, and nobody else: for a TLS server of a test. */
export function selfSigned(name: string): { key: KeyObject; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from("2a8648ce3d040302", "hex")));
  const subject = der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from(name)))));
  const validity = der(0x30, der(0x17, Buffer.from("200101000000Z")), der(0x17, Buffer.from("491231235959Z")));
  const number = der(0x02, Buffer.from([1]));
  const body = der(0x30, number, ecdsaWithSha256, subject, validity, subject, publicKey.export({ type: "spki", format: "der" }));
  const signature = der(0x03, Buffer.from([0]), createSign("sha256").update(body).sign(privateKey));
  const encoded = der(0x30, body, ecdsaWithSha256, signature).toString("base64");
  const lines = encoded.match(/.{1,64}/g) ?? [];
  return { key: privateKey, cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n") };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
