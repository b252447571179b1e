/** What an armored SSH signature (PROTOCOL.sshsig) says of itself. Nothing of it is checked here: `ssh-keygen` does that. */
export interface Sshsig {
  /** Public key, in base64 as a line of signers has it. */
  key: string;
  keyType: string;
  /** Of a security key: whether somebody touched it, which is part of what it signed. Undefined of other keys. */
  touched?: boolean | undefined;
}

/** Reads one; undefined for what is none or written oddly, and for one of a security key that does not say whether it was touched. */
export function readSshsig(armored: string): Sshsig | undefined {
  const [, body] = /^-----BEGIN SSH SIGNATURE-----\s([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*$/.exec(armored) ?? [];
  const data = Buffer.from(body ?? "", "base64");
  if (data.length < 10 || data.toString("latin1", 0, 6) !== "SSHSIG" || data.readUInt32BE(6) !== 1) return undefined;
  // Key, namespace, reserved, the hash's name, signature.
  const [key, , , , signature] = strings(data.subarray(10), 5) ?? [];
  if (key === undefined || signature === undefined) return undefined;
  const keyType = strings(key, 1)?.[0]?.toString("latin1");
  if (keyType === undefined) return undefined;
  const said = { key: key.toString("base64"), keyType };
  if (!isSecurityKey(keyType)) return said;
  const [signedAs, inner] = strings(signature, 2) ?? [];
  // Type and signature, then one byte of flags and four of a counter; other forms are for browsers, and say more.
  if (signedAs?.toString("latin1") !== keyType || inner === undefined || signature.length !== 8 + signedAs.length + inner.length + 5) return undefined;
  return { ...said, touched: ((signature[signature.length - 5] ?? 0) & 1) === 1 };
}

/** A FIDO key, whose other half never leaves its hardware. */
export function isSecurityKey(keyType: string): boolean {
  return keyType.startsWith("sk-");
}

/** The first so many strings, each after its length; undefined where they are not all there. */
function strings(data: Buffer, count: number): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; found.length < count;) {
    if (at + 4 > data.length) return undefined;
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) return undefined;
    found.push(data.subarray(at + 4, end));
    at = end;
  }
  return found;
}
