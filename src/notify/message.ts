/** What people are told. Every text may be from elsewhere; `deliver.ts` makes it fit for each service. */
export interface Message {
  /** n-…; the same when it is sent again, so that a receiver can tell. */
  id: string;
  topic: string;
  title: string;
  text: string;
  run?: string | undefined;
  agent?: string | undefined;
  approval?: string | undefined;
  /** What to type. */
  command?: string | undefined;
  /** RFC 3339. */
  time: string;
}

/** A service with everything that it takes to reach it, secrets included. */
export type Channel =
  | { type: "telegram"; apiUrl: string; token: string; chat: string; template?: string | undefined }
  | { type: "discord"; url: string; template?: string | undefined }
  | {
      type: "webhook";
      url: string;
      secret?: string | undefined;
      headers?: Readonly<Record<string, string>> | undefined;
      template?: Readonly<Record<string, unknown>> | undefined;
    };

/** later: it may well be taken in a while, not before `afterMs`. refused: trying again changes nothing. `why` may quote the service. */
export type Delivery = { state: "sent" } | { state: "later"; why: string; afterMs?: number | undefined } | { state: "refused"; why: string };

/** One request, as it goes out. */
export interface Wire {
  url: string;
  headers: Record<string, string>;
  body: string;
}
