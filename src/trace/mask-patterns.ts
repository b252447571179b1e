/**
 * Formats that say by themselves that they are secrets. Where an expression has a group, only the group is masked.
 * Each one starts with a literal or at a boundary and its repetitions do not overlap, so that all of them are linear in the text.
 */
export const secretPatterns: readonly { name: string; pattern: RegExp }[] = [
  { name: "github-token", pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9_]{20,255}|github_pat_[A-Za-z0-9_]{22,255})/g },
  { name: "gitlab-token", pattern: /(?<![A-Za-z0-9_])gl(?:pat|rt|ptt)-[\w-]{20,255}/g },
  { name: "npm-token", pattern: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}/g },
  { name: "pypi-token", pattern: /(?<![A-Za-z0-9_])pypi-[\w-]{50,500}/g },
  { name: "aws-key-id", pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { name: "model-api-key", pattern: /(?<![A-Za-z0-9_-])(?:sk-[\w-]{20,255}|gsk_[A-Za-z0-9]{20,255}|hf_[A-Za-z0-9]{30,255})/g },
  { name: "slack-token", pattern: /(?<![A-Za-z0-9_-])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}/g },
  { name: "slack-webhook", pattern: /hooks\.slack\.com\/(?:services|workflows)\/([\w/]{20,200})/g },
  { name: "google-key", pattern: /(?<![A-Za-z0-9_-])(?:AIza[\w-]{35}|ya29\.[\w-]{20,1024}|GOCSPX-[\w-]{20,64})/g },
  { name: "stripe-key", pattern: /(?<![A-Za-z0-9_])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/=]{16,255})/g },
  { name: "sendgrid-key", pattern: /(?<![A-Za-z0-9_-])SG\.[\w-]{16,32}\.[\w-]{32,64}/g },
  { name: "telegram-token", pattern: /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g },
  { name: "agentctl-token", pattern: /(?<![A-Za-z0-9_])agc_[A-Za-z0-9]{1,64}_[A-Za-z0-9]{20,255}/g },
  { name: "age-key", pattern: /AGE-SECRET-KEY-1[A-Z0-9]{58}/g },
  { name: "jwt", pattern: /(?<![\w-])eyJ[\w-]{10,8192}\.eyJ[\w-]{10,8192}\.[\w-]{10,8192}/g },
  { name: "private-key", pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g },
  { name: "private-key", pattern: /(?:KCOLB )?YEK ETAVIRP [A-Z0-9 ]{0,40}DNE-----[\s\S]*?(?:YEK ETAVIRP [A-Z0-9 ]{0,40}NIGEB|$)/g },
  { name: "url-password", pattern: /(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s:@/"'<>]{0,128}:([^\s@/"'<>]{1,512})@/g },
  { name: "authorization", pattern: /\b[Aa]uthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[Bb]earer|[Bb]asic|[Tt]oken)\s{1,4}([\w.~+/=-]{8,4096})/g },
  // Keys of exchanges look like any other random text: their names give them away.
  {
    name: "named-key",
    pattern:
      /(?:api|access|secret|private|signing|exchange|client)[_-]?(?:access[_-]?)?(?:key|secret|token|passphrase)["']{0,2}\s{0,4}[:=]\s{0,4}["']?([A-Za-z0-9+/_-]{16,128}={0,2})/gi,
  },
];

/** One look that spares most texts the expressions above: each of them needs one of these. */
export const mayHoldSecret =
  /gh[pousr]_|github_pat_|gl(?:pat|rt|ptt)-|npm_|pypi-|A(?:KIA|SIA|BIA|CCA)|sk-|gsk_|hf_|xox|xapp|slack|AIza|ya29|GOCSPX|[rs]k_|whsec_|SG\.|:AA|agc_|AGE-|eyJ|-----BEGIN|YEK ETAVIRP|:\/\/|authorization|key|secret|token|passphrase/i;

/** Members of an object whose text is a secret because of their name. */
export const secretMember =
  /(?:api|access|secret|private|signing)[_-]?key|secret$|passw(?:or)?d|passphrase|(?:access|auth|bearer|refresh|api)[_-]?token|credential/i;

/** Environment variables whose value is a secret because of their name. Names of files and sockets are not. */
export function secretVariable(name: string): boolean {
  return /KEY|TOKEN|SECRET|PASSW|PASS$|_PASS|PASSPHRASE|CREDENTIAL|AUTH(?!OR)|COOKIE|PRIVATE|_DSN$/i.test(name) && !/_(?:FILE|PATH|DIR|SOCK|HOME)$/i.test(name);
}
