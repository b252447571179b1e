import { connectEngine } from "../../src/runner/engine.ts";
import { ensureVolume } from "../../src/runner/volume.ts";

/** A process that wants a view: `volume-client.ts <image> <scope> <key>`. Prints the volume that it was given. */
const [image = "", scope = "", key = ""] = process.argv.slice(2);
const files = Array.from({ length: 200 }, (_, n) => ({ path: `folder/${n}.txt`, bytes: 1000, executable: false, data: Buffer.alloc(1000, 65) }));
const { volume } = await ensureVolume(await connectEngine(), { kind: "view", scope, key, image, content: () => ({ uid: 0, folders: [], files }) });
process.stdout.write(volume);
