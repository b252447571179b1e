import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SendWindow } from "../../src/runner/send-window.ts";

test("everything is sent in order, never further ahead than the window", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
      async (pieces, windowBytes, takes) => {
        const written: number[] = [];
        let taken = 0;
        const window = new SendWindow(windowBytes, (bytes) => written.push(...bytes));
        const sent = Promise.all(pieces.map((piece) => window.send(piece)));
        const all = pieces.flatMap((piece) => [...piece]);
        for (const take of takes) {
          expect(written.length - taken).toBeLessThanOrEqual(windowBytes);
          if (written.length === all.length) break;
          const count = Math.min(take, written.length - taken);
          taken += count;
          window.took(count);
        }
        await sent;
        expect(written).toEqual(all);
      },
    ),
  );
});
