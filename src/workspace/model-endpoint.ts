/** What an endpoint of models may be, and which variable may hold its key. */

/** Why this is no address to ask models at, in words that go on after it; undefined when it is one. The text itself is not quoted: it may hold a password. */
export function baseUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return "is no URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return `begins with ${url.protocol}, and models are asked over http: or https:`;
  if (url.username !== "" || url.password !== "") return "holds a user name or password; keyEnv names the variable of a key";
  if (url.search !== "" || url.hash !== "") return "holds a query or fragment; keyEnv names the variable of a key";
  return undefined;
}

const keyForm = /^[A-Z][A-Z0-9_]*_(API_KEY|KEY|TOKEN)$/;
/** They end like a key of a model and open other doors. */
const otherDoors = /^(AGENTCTL|AWS|DOCKER|NPM|NODE|SSH|GPG|GIT|VAULT|KUBE)_|(^|_)(SECRET|PRIVATE|SIGNING|DEPLOY)_/;

/** Why this variable's value is sent to no model, in words that go on after its name: a file, committed or not, must not send any secret to any host. */
export function keyEnvProblem(name: string): string | undefined {
  if (!keyForm.test(name)) return "is no variable for the key of a model: capitals that end in _API_KEY, _KEY or _TOKEN";
  if (otherDoors.test(name)) return "names a secret that is no key of a model";
  return undefined;
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
