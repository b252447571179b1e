/** Secrets by their shape, where secretlint's rules are stricter than what people paste, and those of exchanges, which it does not know. */
export interface SecretPattern {
  id: string;
  what: string;
  /** Group 1, when there is one, is the secret itself. Bounded repetition only. */
  pattern: RegExp;
  /** The secret must look random: a placeholder such as YOUR_API_KEY does not. */
  random?: boolean;
}

export const secretPatterns: readonly SecretPattern[] = [
  { id: "private-key", what: "a private key", pattern: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g },
  { id: "anthropic", what: "an Anthropic API key", pattern: /\b(sk-ant-[a-z0-9]{2,10}-[\w-]{20,200})/g, random: true },
  { id: "openai", what: "an OpenAI API key", pattern: /\b(sk-(?!ant-)(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,200})/g, random: true },
  { id: "aws", what: "an AWS access key id", pattern: /\b((?:AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16})\b/g, random: true },
  { id: "aws-secret", what: "an AWS secret key", pattern: /\baws_?secret(?:_?access)?_?key\W{1,6}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])/gi, random: true },
  { id: "github", what: "a GitHub token", pattern: /\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b/g, random: true },
  { id: "google", what: "a Google API key", pattern: /\b(AIza[\w-]{35})(?![\w-])/g, random: true },
  { id: "slack", what: "a Slack token", pattern: /\b(xox[abeoprs]-[A-Za-z0-9-]{20,200})/g, random: true },
  { id: "stripe", what: "a Stripe live key", pattern: /\b((?:sk|rk)_live_[A-Za-z0-9]{20,200})\b/g, random: true },
  { id: "telegram", what: "a Telegram bot token", pattern: /\b([0-9]{8,10}:AA[\w-]{33})(?![\w-])/g, random: true },
  {
    id: "wallet-key",
    what: "the private key of a wallet",
    pattern: /\b(?:private|wallet|signer|secret)[\w-]{0,20}\W{1,6}((?:0x)?[0-9a-f]{64})\b/gi,
    random: true,
  },
  {
    id: "exchange-key",
    what: "a key or secret of an exchange or service",
    pattern:
      /\b(?:(?:api|access|secret|client|consumer|binance|kraken|coinbase|bybit|okx|kucoin|bitget|alpaca)[_-]?){1,4}(?:key|secret|token|passphrase|private)\b["']?\s{0,4}[:=]\s{0,4}["']([A-Za-z0-9+/=_-]{24,200})["']/gi,
    random: true,
  },
];

/** Bits a character by how often each occurs; random keys have more than 3.5, words and placeholders less. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether a key-like text looks made by chance: it has a digit, is no placeholder, and its characters are spread. Hex has at most 4 bits a character, hence the lower bar. */
export function looksRandom(text: string): boolean {
  if (/example|your|placeholder|dummy|changeme|xxxx|0000000|1234567890abcdef/i.test(text)) return false;
  if (!/[0-9]/.test(text)) return false;
  return entropy(text) >= (/^(?:0x)?[0-9a-f]+$/i.test(text) ? 3 : 3.3);
}
