import type { EventData, EventKind } from "../event/events.ts";
import { counted, duration, joined, named, said, short } from "./timeline-words.ts";

type SidecarKind = Extract<EventKind, `lane.${string}` | `sidecar.${string}`>;

/** Words for the Python sidecar, and for the lane that keeps it apart from untrusted skills. */
export const sidecarWording: { [K in SidecarKind]: (data: EventData[K]) => string } = {
  "lane.claimed": ({ root, lane, why }) => `${named(root)}  ${lane}  ${said(why)}`,
  "sidecar.started": ({ sidecar, image }) => `${named(sidecar)}  image ${short(image)}`,
  "sidecar.ended": ({ sidecar, why, detail, cells, durationMs }) =>
    joined([`${named(sidecar)}  ${why}`, detail !== undefined && said(detail), counted(cells, "cell"), duration(durationMs)]),
};
