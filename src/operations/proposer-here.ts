import { existsSync } from "node:fs";
import { ownSetting } from "../git/own-setting.ts";
import { ownSigningKey } from "../git/ssh-signature.ts";
import type { Proposer } from "../proposal/proposal.ts";
import { readPlainFile } from "../scan/plain-file.ts";
import { approvalSigners } from "./approval-signers.ts";
import type { Authority } from "./load-authority.ts";
import { personName } from "./person.ts";

const keyBytesMax = 64 * 1024;

/**
 * Who proposes what a person made: the name that their own key has in policies/signers, so that it is told from the names of those who approve; else the e-mail of
 * their own git configuration, else their login.
 */
export async function proposerHere(authority: Pick<Authority, "repository" | "commit">): Promise<Proposer> {
  const name = (await principalHere(authority)) ?? (await ownSetting("user.email")) ?? personName();
  return { kind: "person", name };
}

async function principalHere(authority: Pick<Authority, "repository" | "commit">): Promise<string | undefined> {
  const key = await ownSigningKey();
  if (key === undefined) return undefined;
  const file = key.endsWith(".pub") || !existsSync(`${key}.pub`) ? key : `${key}.pub`;
  try {
    const [, text] = readPlainFile(file, keyBytesMax)?.toString("utf8").trim().split(/\s+/) ?? [];
    return (await approvalSigners(authority)).find((signer) => signer.key === text)?.principal;
  } catch {
    // What cannot be read names nobody.
    return undefined;
  }
}
