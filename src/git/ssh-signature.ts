import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { ownSetting } from "./own-setting.ts";
import { findProgram } from "./program.ts";
import { readSshsig } from "./sshsig.ts";

/**
 * Detached SSH signatures, made and checked by `ssh-keygen -Y` over bytes that we hand it; never by git, whose verification can be
 * fooled through the repository. A namespace says what a signature is for: one made for another purpose does not verify.
 */
export interface Signed {
  data: string;
  /** Armored SSHSIG. */
  signature: string;
  /** e.g. `agentctl-checkpoint-v1` */
  namespace: string;
}

/**
 * `good`: by a key that the signers list for this namespace; `unknown`: it fits the data, but nobody listed made it; `bad`: it does not fit, or is one of a
 * security key that nobody touched. `touched`: by a security key, which somebody did.
 */
export type SignatureState =
  | { state: "good"; principal: string; fingerprint: string; touched?: true }
  | { state: "unknown"; fingerprint: string }
  | { state: "bad"; said: string; untouched?: true };

/** Signs with a private key, or through the agent with a public one. Error `git/not-signed` with ssh-keygen's words. */
export async function signData(data: string, key: string, namespace: string): Promise<string> {
  const { exitCode, stdout, stderr } = await sshKeygen(["-Y", "sign", "-q", "-f", key, "-n", namespace], data);
  if (exitCode === 0 && stdout.startsWith("-----BEGIN SSH SIGNATURE-----")) return stdout;
  throw new AgentctlError("git/not-signed", `${key} could not sign: ${stderr.trim().split("\n").at(-1) ?? "no message"}`, {
    hint: "name a key with --key, e.g. ~/.ssh/id_ed25519",
  });
}

/** Checks a signature; `signers` is in the format of allowed signers, or undefined when nobody is listed. */
export async function checkSignature({ data, signature, namespace }: Signed, signers: string | undefined): Promise<SignatureState> {
  const said = readSshsig(signature);
  // What only ssh-keygen can read could hide that it was not touched.
  if (said === undefined) return { state: "bad", said: "it is no SSH signature" };
  // ssh-keygen calls it good. But then whatever reaches the agent could sign in silence, and that nothing can is what such a key is for.
  if (said.touched === false) return { state: "bad", said: "nobody touched the security key when it signed", untouched: true };
  const touched = said.touched === true ? { touched: true as const } : {};
  const folder = mkdtempSync(join(tmpdir(), "agentctl-signature-"));
  try {
    const signatureFile = join(folder, "signature");
    const signersFile = join(folder, "signers");
    writeFileSync(signatureFile, signature, { mode: 0o600 });
    writeFileSync(signersFile, signers ?? "", { mode: 0o600 });
    const verify = (principal: string): Promise<{ exitCode: number | null; stdout: string }> =>
      sshKeygen(["-Y", "verify", "-f", signersFile, "-I", principal, "-n", namespace, "-s", signatureFile], data);
    // Nearly always it is by the key of one line, and then one process says all of it.
    const likely = principalOf(said.key, signers ?? "");
    const first = likely === undefined ? undefined : await verify(likely);
    const by = first?.exitCode === 0 ? fingerprintIn(first.stdout) : undefined;
    if (likely !== undefined && by !== undefined) return { state: "good", principal: likely, fingerprint: by, ...touched };
    const fits = await sshKeygen(["-Y", "check-novalidate", "-n", namespace, "-s", signatureFile], data);
    const fingerprint = fingerprintIn(fits.stdout);
    if (fits.exitCode !== 0 || fingerprint === undefined) return { state: "bad", said: fits.stderr.trim() };
    const found = await sshKeygen(["-Y", "find-principals", "-f", signersFile, "-s", signatureFile], "");
    for (const principal of found.exitCode === 0 ? found.stdout.split("\n").filter((line) => line !== "") : []) {
      if ((await verify(principal)).exitCode === 0) return { state: "good", principal, fingerprint, ...touched };
    }
    return { state: "unknown", fingerprint };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fingerprintIn(said: string): string | undefined {
  return /(SHA256:\S+)\s*$/.exec(said)?.[1];
}

/** Whose line of the signers holds a key. Only where to look: whether the signature is theirs, ssh-keygen says. */
function principalOf(key: string, signers: string): string | undefined {
  const line = signers.split("\n").find((each) => !each.startsWith("#") && each.split(/\s+/).includes(key));
  return line === undefined ? undefined : /^[A-Za-z0-9][^\s,*?!"]*(?=\s)/.exec(line)?.[0];
}

/** The person's own `user.signingkey` when it names a file; a repository's configuration has no say in whose key signs. */
export async function ownSigningKey(): Promise<string | undefined> {
  const key = (await ownSetting("user.signingkey"))?.replace(/^~(?=\/)/, homedir());
  return key !== undefined && isAbsolute(key) && existsSync(key) ? key : undefined;
}

async function sshKeygen(args: readonly string[], input: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn(sshKeygenProgram(), args, { timeout: 60_000, env: { HOME: homedir(), SSH_AUTH_SOCK: process.env["SSH_AUTH_SOCK"] ?? "", LC_ALL: "C" } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // It may end without reading what it is given.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { exitCode, stdout, stderr };
}

function sshKeygenProgram(): string {
  const program = findProgram("ssh-keygen");
  if (program === undefined)
    throw new AgentctlError("git/no-ssh-keygen", "ssh-keygen is not on the PATH", { hint: "install OpenSSH 8.9 or newer (openssh-client)" });
  return program;
}
