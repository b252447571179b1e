import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSignature, signData } from "../../src/git/ssh-signature.ts";
import { signerLine, sshKey } from "../support/approvals.ts";
import { skAgent, skPair, type SkAgent } from "../support/ssh-agent.ts";

const namespace = "agentctl-approval-v1";
const before = process.env["SSH_AUTH_SOCK"];

describe.each(["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"] as const)("%s", (type) => {
  let agent: SkAgent;
  let signers: string;
  const signed = async (data: string, habits: Partial<SkAgent["habits"]> = {}): Promise<string> => {
    const sound = { ...agent.habits };
    Object.assign(agent.habits, habits);
    const signature = await signData(data, agent.key.path, namespace);
    Object.assign(agent.habits, sound);
    return signature;
  };
  beforeAll(async () => {
    agent = await skAgent(type);
    process.env["SSH_AUTH_SOCK"] = agent.socket;
    signers = signerLine("bob@example.org", sshKey()) + signerLine("ada@example.org", agent.key);
  });
  afterAll(async () => {
    if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
    else process.env["SSH_AUTH_SOCK"] = before;
    await agent.close();
  });

  test("signs through an agent, and is whose line holds it", async () => {
    const signature = await signed("yes\n");
    expect(await checkSignature({ data: "yes\n", signature, namespace }, signers)).toMatchObject({
      state: "good",
      principal: "ada@example.org",
      touched: true,
    });
    expect(await checkSignature({ data: "yes\n", signature, namespace }, signerLine("bob@example.org", sshKey()))).toMatchObject({ state: "unknown" });
    expect(await checkSignature({ data: "no\n", signature, namespace }, signers)).toMatchObject({ state: "bad" });
    expect(await checkSignature({ data: "yes\n", signature, namespace: "git" }, signers)).toMatchObject({ state: "bad" });
  });

  test("what nobody touched, for another application, or by another key is nothing", async () => {
    const untouched = await signed("yes\n", { flags: 0 });
    for (const listed of [signers, ""])
      expect(await checkSignature({ data: "yes\n", signature: untouched, namespace }, listed)).toEqual({
        state: "bad",
        said: "nobody touched the security key when it signed",
        untouched: true,
      });
    for (const habits of [{ application: "ssh:other" }, { privateKey: skPair(type).privateKey }]) {
      const signature = await signed("yes\n", habits);
      expect(await checkSignature({ data: "yes\n", signature, namespace }, signers)).toMatchObject({ state: "bad" });
    }
  });
});
