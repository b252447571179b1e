import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { ModelRequest } from "./model.ts";

/** The name of exactly this request, whichever model it goes to: SHA-256 over its canonical JSON, without what is undefined. */
export function requestDigest(request: ModelRequest): string {
  return sha256(canonicalJson(JSON.parse(JSON.stringify({ ...request, model: undefined }))));
}
