import type { Gate } from "./gate.ts";
import { benchmark } from "./benchmark.ts";
import { paths } from "./paths.ts";
import { policy } from "./policy.ts";
import { prose } from "./prose.ts";
import { schema } from "./schema.ts";
import { secrets } from "./secrets.ts";
import { staticGate } from "./static.ts";
import { strategy } from "./strategy.ts";
import { tests } from "./tests.ts";

/** Every gate, in the order of `gateNames`. */
export const allGates: readonly Gate[] = [paths, schema, staticGate, secrets, prose, tests, benchmark, strategy, policy];
