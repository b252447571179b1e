import { userInfo } from "node:os";

/** The login of the person whose process this is; `unknown` where the system has no name for them. */
export function personName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
