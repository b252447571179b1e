import { isGateLimit, stricter, type GateLimitName } from "../base/gate-limits.ts";

/** One limit of the gate as a policy sets it. */
export interface Gate {
  /** policy/name */
  id: string;
  name: GateLimitName;
  value: number;
  file: string;
  line: number;
}

/** What holds, by name. A name that is missing is set by no policy: what it concerns is refused. */
export type Gates = Readonly<Partial<Record<GateLimitName, Gate>>>;

/** The section `gates` of one policy; policySchema has refused unknown names and values out of range. */
export function readGates(policy: string, raw: Readonly<Record<string, number>>, at: (name: string) => { file: string; line: number }): Gate[] {
  return Object.entries(raw).flatMap(([name, value]) => (isGateLimit(name) ? [{ id: `${policy}/${name}`, name, value, ...at(name) }] : []));
}

/** Of several policies the strictest holds: none can loosen what another sets. */
export function strictestGates(gates: readonly Gate[]): Gates {
  const holds: Partial<Record<GateLimitName, Gate>> = {};
  for (const gate of gates) {
    const other = holds[gate.name];
    if (other === undefined || stricter(gate.name, gate.value, other.value) !== other.value) holds[gate.name] = gate;
  }
  return holds;
}

/** Limits that a strategy is held to, and what it asked for in vain. */
export interface HeldTo {
  limits: Readonly<Partial<Record<GateLimitName, number>>>;
  /** Limits of its own that are looser than policy's, or that no policy sets. */
  ignored: { name: string; own: number; policy: number | null }[];
}

/** Policy's limits with those of the strategy that are stricter; looser ones are ignored and said. */
export function heldTo(gates: Gates, own: Readonly<Record<string, number>>): HeldTo {
  const limits: Partial<Record<GateLimitName, number>> = {};
  for (const gate of Object.values(gates)) limits[gate.name] = gate.value;
  const ignored: HeldTo["ignored"] = [];
  for (const [name, value] of Object.entries(own)) {
    const set = isGateLimit(name) ? limits[name] : undefined;
    if (!isGateLimit(name) || set === undefined || stricter(name, value, set) !== value) ignored.push({ name, own: value, policy: set ?? null });
    else limits[name] = value;
  }
  return { limits, ignored };
}
