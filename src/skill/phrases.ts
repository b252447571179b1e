import type { Finding } from "../base/finding.ts";

/** A phrase that must not stand in a skill, whoever wrote it. */
export interface Phrase {
  rule: `skill/${string}`;
  level: Finding["level"];
  /** Bounded repetition only: it runs over text of people who would like it to be slow. */
  pattern: RegExp;
  message: string;
}

/** Between two words: white space, or Markdown's marks. */
const gap = "[\\s*_`~>\"'-]{1,20}";

function phrase(rule: string, message: string, pattern: string, level: Finding["level"] = "error"): Phrase {
  return { rule: `skill/${rule}`, level, message, pattern: new RegExp(pattern.replaceAll(" ", gap), "giu") };
}

/** As `phrase`, but a blank is a blank: for commands. */
function command(rule: string, message: string, pattern: string, level: Finding["level"] = "error"): Phrase {
  return { rule: `skill/${rule}`, level, message, pattern: new RegExp(pattern, "giu") };
}

const shell = "(?:sudo\\s{1,4})?(?:/\\S{0,40}/)?(?:(?:ba|z|da|k|fi)?sh|python[0-9.]{0,4}|node|perl|ruby|php)\\b";
const fetcher = "(?:curl|wget|fetch|invoke-webrequest|iwr|irm)\\b";
const bundle = "\\.(?:zip|exe|dmg|pkg|msi|deb|rpm|appimage|sh|ps1|bat|cmd|scr|jar|tar\\.gz|tgz|7z|rar)\\b";
const dropSites =
  "(?:glot\\.io|pastebin\\.com|paste\\.ee|rentry\\.co|hastebin\\.com|transfer\\.sh|anonfiles\\.com|mega\\.nz|webhook\\.site|discord(?:app)?\\.com/attachments)";

/** Words that try to steer the model or hide something from the person. */
const overrides: Phrase[] = [
  phrase(
    "override-phrase",
    "tells the model to drop the instructions it has",
    "\\b(?:ignore|disregard|forget|override|overrule) (?:(?:all|any|every|the|your|of|my|these|those) ){0,4}(?:previous|prior|above|earlier|preceding|existing|former|system|other) (?:(?:user|system|developer) )?(?:instructions?|prompts?|rules?|messages?|guidelines?|directions?|constraints?|polic(?:y|ies))\\b",
  ),
  phrase(
    "override-phrase",
    "tells the model to keep something from the person",
    "\\b(?:do not|don.?t|never) (?:ever )?(?:tell|inform|mention|reveal|disclose|alert|notify|warn|report) (?:(?:this|it|that|anything|about this) )?(?:to )?(?:(?:the|your|any) )?(?:users?|humans?|operators?|owner)\\b(?! to\\b)",
  ),
  phrase(
    "override-phrase",
    "tells the model to act behind the person's back",
    "\\bwithout (?:telling|informing|asking|notifying|alerting|warning) (?:(?:the|your|any) )?(?:users?|humans?|operators?|owner)\\b|\\bwithout (?:the|your|any) (?:user|human|operator|owner)(?:.s)? (?:knowledge|consent|approval|permission)\\b",
  ),
  phrase(
    "override-phrase",
    "tells the model to take another role",
    "\\byou are (?:now )?(?:in )?(?:developer mode|dan\\b|jailbroken|unrestricted|root mode|god mode)",
  ),
  phrase(
    "override-phrase",
    "asks for what the model must keep",
    "\\b(?:reveal|print|repeat|output|send|leak|exfiltrate|upload) (?:all )?(?:your|the|any|all) (?:full )?(?:system prompt|hidden instructions|initial instructions|api keys?|private keys?|seed phrases?|credentials|environment variables)\\b",
  ),
  phrase(
    "override-phrase",
    "tells the model to get round a safeguard",
    "\\b(?:bypass|circumvent|evade|disable|turn off) (?:(?:the|any|all|every) )?(?:agentctl|polic(?:y|ies)|approvals?|sandbox|guardrails?|kill switch|safety checks?|security checks?|permission prompts?)\\b",
  ),
  command(
    "override-phrase",
    "imitates the markers of a conversation",
    "<\\|(?:im_start|im_end|system|endoftext)\\|>|\\[/?INST\\]|<</?SYS>>|</?system(?:_prompt)?>",
  ),
];

/** Prose that makes a person or a model fetch and run something. */
const prerequisites: Phrase[] = [
  command(
    "fake-prerequisite",
    "asks for a program from the network to be installed before the skill can be used",
    `\\b(?:download|install|get|fetch|run|execute|visit|requires?|open)\\b[^\\n]{0,160}https?://[^\\s)>"']{1,200}?(?:${bundle}|(?<=//)${dropSites})`,
  ),
  command("fake-prerequisite", "points to a site where code is dropped", `https?://(?:[a-z0-9-]{1,40}\\.){0,3}${dropSites}`),
  command("fake-prerequisite", "names the password of an archive", `(?:\\.zip|\\.7z|\\.rar)\\b[^]{0,200}?\\b(?:pass(?:word|phrase)?|pwd)\\b\\s{0,3}(?:is|:|=)`),
  command(
    "fake-prerequisite",
    "tells a person to paste a command into a terminal",
    "\\bpaste\\b[^\\n]{0,80}\\b(?:terminal|power ?shell|command prompt|console)\\b",
  ),
];

/** Commands that run what cannot be read before it runs. */
const commands: Phrase[] = [
  command("pipe-to-shell", "runs what it downloads", `\\b${fetcher}[^\\n|]{0,300}\\|\\s{0,4}(?:tee\\b[^\\n|]{0,80}\\|\\s{0,4})?${shell}`),
  command(
    "pipe-to-shell",
    "runs what it downloads",
    `(?:${shell}|\\beval|\\bsource|^\\s{0,20}\\.)\\s{1,4}(?:-c\\s{1,4})?["']?(?:<\\(|\\$\\(|\`)\\s{0,4}${fetcher}`,
  ),
  command("pipe-to-shell", "runs what it downloads", "\\|\\s{0,4}(?:iex|invoke-expression)\\b|\\biex\\s{0,4}\\(\\s{0,4}(?:iwr|irm|new-object)"),
  command(
    "pipe-to-shell",
    "runs what it downloads",
    "\\b(?:exec|eval)\\s{0,2}\\(\\s{0,4}(?:requests\\.get|urllib\\.request\\.urlopen|urlopen|httpx\\.get)\\s{0,2}\\(",
  ),
  command("encoded-shell", "decodes a text and runs it", `\\bbase64\\s{1,4}(?:-d|-D|--decode)\\b[^\\n|]{0,200}\\|\\s{0,4}${shell}`),
  command("encoded-shell", "decodes a text and runs it", `(?:${shell}\\s{1,4}-c|\\beval)\\s{1,4}["']?(?:\\$\\(|\`)[^\\n]{0,300}\\bbase64\\b`),
  command(
    "encoded-shell",
    "decodes a text and runs it",
    `\\b(?:xxd\\s{1,4}-r|printf\\s{1,4}["']?\\\\x|tr\\s{1,4}\\S{1,40}\\s{1,4}\\S{1,40})[^\\n|]{0,200}\\|\\s{0,4}${shell}`,
  ),
  command(
    "encoded-shell",
    "decodes a text and runs it",
    "\\b(?:exec|eval|compile)\\s{0,2}\\([^\\n]{0,80}\\b(?:b(?:16|32|64|85)decode|codecs\\.decode|zlib\\.decompress|fromhex|unhexlify|marshal\\.loads)\\b",
  ),
  command("encoded-shell", "decodes a text and runs it", "\\b(?:eval|Function|execSync|exec)\\s{0,2}\\(\\s{0,4}(?:atob|Buffer\\.from)\\s{0,2}\\("),
  command("encoded-shell", "runs an encoded command", "\\bpowershell(?:\\.exe)?\\b[^\\n]{0,100}\\s-(?:e|en|enc|encodedcommand)\\s{1,4}[A-Za-z0-9+/=]{20}"),
  command(
    "reverse-shell",
    "gives a shell to another machine",
    "/dev/(?:tcp|udp)/|\\bnc(?:at)?\\s{1,4}(?:-\\w{1,8}\\s{1,4}){0,4}-\\w{0,6}e\\b|\\bmkfifo\\b[^\\n]{0,120}\\bnc\\b",
  ),
];

/** Places on a machine that a skill has no business with. */
const places: Phrase[] = [
  command(
    "credential-path",
    "names a place where credentials are kept",
    "\\.ssh/(?:id_|authorized_keys)|\\.aws/credentials|\\.config/gcloud|\\.netrc\\b|\\.docker/config\\.json|\\.kube/config|/etc/shadow|wallet\\.dat|login\\.keychain|/proc/(?:self|[0-9]{1,7})/environ|\\.npmrc\\b|\\.pypirc\\b|\\.git-credentials",
  ),
  command(
    "persistence",
    "changes what a machine runs by itself",
    "\\bcrontab\\s{1,4}-|/etc/cron|\\blaunchctl\\s{1,4}load|\\bsystemctl\\s{1,4}enable|\\.git/hooks/|(?:>>?|tee\\s(?:-a\\s)?)\\s{0,4}[\"']?(?:~|\\$HOME|\\$\\{HOME\\})/\\.(?:bashrc|zshrc|profile|bash_profile)",
    "warning",
  ),
  command("bare-address", "names a machine by its address", "\\bhttps?://(?!127\\.|10\\.|192\\.168\\.|0\\.0\\.0\\.0)[0-9]{1,3}(?:\\.[0-9]{1,3}){3}\\b"),
];

export const phrases: readonly Phrase[] = [...overrides, ...prerequisites, ...commands, ...places];
