import type { EventData } from "../event/events.ts";
import { joined, duration, named, said } from "./timeline-words.ts";

/** Words for what left a container, or wanted to. Hosts, paths and names are what a job sent: quoted. */
export const netWording: { "net.requested": (data: EventData["net.requested"]) => string } = {
  "net.requested": ({ key, outcome, why, method, host, port, path, sni, address, status, bytesUp, bytesDown, durationMs }) =>
    joined([
      `${named(key)}  ${outcome}`,
      method === undefined ? "no request" : `${named(method)} ${named(`${host ?? ""}:${port ?? ""}`, 280)}`,
      path !== undefined && named(path, 120),
      sni !== undefined && sni !== host && `names ${named(sni)}`,
      address !== undefined && address !== host && `at ${named(address)}`,
      method !== "CONNECT" && status !== undefined && `status ${status}`,
      (bytesUp > 0 || bytesDown > 0) && `${bytesUp} bytes up, ${bytesDown} down`,
      durationMs !== undefined && duration(durationMs),
      why !== undefined && said(why, 200),
    ]),
};
