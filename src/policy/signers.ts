import { hash } from "node:crypto";
import { isoTime } from "../base/clock.ts";
import type { SourceFile } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { sameName } from "./approval.ts";

/** One line of policies/signers: a person, their key, and what it is good for. */
export interface Signer {
  principal: string;
  namespaces: readonly string[];
  keyType: string;
  /** Base64, as in the file. */
  key: string;
  /** `SHA256:…` as ssh-keygen prints it. */
  fingerprint: string;
  /** Wall time in ms; it is good from then on, until then. */
  validFromMs?: number | undefined;
  validUntilMs?: number | undefined;
  /** Their login at GitHub, where the comment of the line says `github:<login>`. */
  github?: string | undefined;
  line: number;
}

const keyTypes = new Set([
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-rsa",
]);
const linesMax = 1000;
const charactersMax = 8192;

/**
 * Reads policies/signers (the format of allowed signers, less than all of it): one person, one key, one line. Refused whole, by line: a line without
 * `namespaces=`, patterns, several names, authorities, a name or a key that stands twice, times that are not in UTC, options that we do not know.
 */
export function readSigners(source: SourceFile): { signers: Signer[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const signers: Signer[] = [];
  const refuse = (line: number, message: string, hint?: string): void => {
    findings.push({ rule: "policy/signers", level: "error", message, file: source.path, line, hint });
  };
  const lines = source.text.split("\n");
  if (lines.length > linesMax) refuse(linesMax, `the file has ${lines.length} lines; at most ${linesMax} are read`);
  lines.slice(0, linesMax).forEach((text, index) => {
    const trimmed = text.replace(/\r$/, "").trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const read = readLine(trimmed, index + 1);
    if ("problem" in read) {
      refuse(index + 1, read.problem, 'ada@example.org namespaces="agentctl-approval-v1" ssh-ed25519 AAAA…');
      return;
    }
    const name = signers.find((other) => sameName(other.principal, read.signer.principal));
    const key = signers.find((other) => other.fingerprint === read.signer.fingerprint);
    if (name !== undefined)
      refuse(index + 1, `${read.signer.principal} stands in line ${name.line} already`, 'one person has one line: namespaces="one,another"');
    if (key !== undefined) refuse(index + 1, `this key stands in line ${key.line} already, as ${key.principal}`, "one key is one person");
    const { github } = read.signer;
    const login = github === undefined ? undefined : signers.find((other) => other.github !== undefined && sameName(other.github, github));
    if (login !== undefined) refuse(index + 1, `github:${github} stands in line ${login.line} already, as ${login.principal}`, "one login is one person");
    signers.push(read.signer);
  });
  return { signers: findings.length === 0 ? signers : [], findings };
}

/** Those who may sign for a purpose at a time. */
export function validSigners(signers: readonly Signer[], namespace: string, atMs: number): Signer[] {
  return signers.filter(
    ({ namespaces, validFromMs, validUntilMs }) =>
      namespaces.includes(namespace) && (validFromMs === undefined || validFromMs <= atMs) && (validUntilMs === undefined || atMs < validUntilMs),
  );
}

/** Back to a file for ssh-keygen: what we read, in one spelling, and nothing else of what was written. */
export function signersFile(signers: readonly Signer[], namespace: string): string {
  return signers.map(({ principal, keyType, key }) => `${principal} namespaces="${namespace}" ${keyType} ${key}\n`).join("");
}

type Read = { signer: Signer } | { problem: string };

function readLine(text: string, line: number): Read {
  if (text.length > charactersMax) return { problem: `the line has ${text.length} characters; at most ${charactersMax} are read` };
  const [, principal = "", options, keyType = "", key = "", comment = ""] =
    /^(\S+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)??(\S+)\s+([A-Za-z0-9+/]+={0,2})(\s.*)?$/.exec(text) ?? [];
  if (principal === "" || !keyTypes.has(keyType)) return { problem: "this is no line of a signer: name, namespaces=, type of the key, key" };
  if (!/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/.test(principal))
    return { problem: `the name ${JSON.stringify(principal)} is refused: one name without patterns, of letters, digits and . _ @ + -` };
  const blob = Buffer.from(key, "base64");
  if (blob.toString("base64") !== key || !isOfType(blob, keyType)) return { problem: `the key of ${principal} is no ${keyType}` };
  const read = readOptions(options ?? "");
  if ("problem" in read) return { problem: `${principal}: ${read.problem}` };
  const logins = comment.split(/\s+/).filter((word) => word.startsWith("github:"));
  const github = logins[0]?.slice("github:".length);
  if (logins.length > 1 || (github !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}$/.test(github)))
    return { problem: `${principal}: github: names one login, of letters, digits and hyphens` };
  return { signer: { principal, keyType, key, fingerprint: fingerprintOf(blob), line, ...read, ...(github !== undefined && { github }) } };
}

/** A public key begins with the name of its type. */
function isOfType(blob: Buffer, keyType: string): boolean {
  return blob.length > 4 + keyType.length && blob.readUInt32BE(0) === keyType.length && blob.toString("latin1", 4, 4 + keyType.length) === keyType;
}

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${hash("sha256", blob, "base64").replace(/=+$/, "")}`;
}

type Options = Pick<Signer, "namespaces" | "validFromMs" | "validUntilMs">;

function readOptions(text: string): Options | { problem: string } {
  const found = new Map<string, string>();
  for (const part of text === "" ? [] : (text.match(/(?:[^,"]|"[^"]*")+/g) ?? [])) {
    const [, name = part, value = ""] = /^([a-z-]+)="([^"]*)"$/i.exec(part) ?? [];
    const option = name.toLowerCase();
    if (option === "cert-authority") return { problem: "authorities are refused: every key stands here by itself" };
    if (!["namespaces", "valid-after", "valid-before"].includes(option) || found.has(option))
      return { problem: `the option ${JSON.stringify(part)} is refused` };
    found.set(option, value);
  }
  const namespaces = found.get("namespaces")?.split(",") ?? [];
  if (namespaces.length === 0) return { problem: "namespaces= is missing, so the key would be good for anything" };
  if (!namespaces.every((each) => /^[a-z0-9][a-z0-9.@_-]{0,63}$/.test(each))) return { problem: "namespaces= names purposes, without patterns" };
  const validFromMs = timeOf(found.get("valid-after"));
  const validUntilMs = timeOf(found.get("valid-before"));
  if (Number.isNaN(validFromMs) || Number.isNaN(validUntilMs)) return { problem: "times are YYYYMMDDZ or YYYYMMDDHHMM[SS]Z, in UTC" };
  return { namespaces, ...(validFromMs !== undefined && { validFromMs }), ...(validUntilMs !== undefined && { validUntilMs }) };
}

/** NaN for what is no time. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z$/.exec(text) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const ms = Date.parse(iso);
  // 2026-02-31 would roll over into March.
  return Number.isNaN(ms) || isoTime(ms) !== iso ? Number.NaN : ms;
}
