import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ownSigningKey } from "./ssh-signature.ts";

/** The public keys of the person at this machine, in base64, from `~/.ssh/*.pub` and `user.signingkey`; private ones are not opened. */
export async function ownPublicKeys(): Promise<Set<string>> {
  const folder = join(homedir(), ".ssh");
  const signing = await ownSigningKey();
  const paths = [
    ...namesIn(folder).map((name) => join(folder, name)),
    ...(signing === undefined ? [] : [signing.endsWith(".pub") ? signing : `${signing}.pub`]),
  ];
  return new Set(paths.flatMap((path) => publicKey(path)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".pub"));
  } catch {
    return [];
  }
}

function publicKey(path: string): string[] {
  try {
    const [, key = ""] = readFileSync(path, "utf8").slice(0, 16_384).trim().split(/\s+/);
    return key === "" ? [] : [key];
  } catch {
    return [];
  }
}
