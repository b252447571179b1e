import { expect, it } from "vitest";
import { StartGate } from "../../src/runner/start-gate.ts";

it("lets as many through as it is wide, in order, whatever becomes of them", async () => {
  const gate = new StartGate(2);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const jobs = Array.from({ length: 7 }, (_, index) =>
    gate.pass(async () => {
      inside += 1;
      most = Math.max(most, inside);
      order.push(index);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
      if (index % 3 === 0) throw new Error(`job ${index}`);
      return index;
    }),
  );
  const ends = await Promise.allSettled(jobs);
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(ends.map(({ status }) => status === "rejected")).toEqual([true, false, false, true, false, false, true]);
  expect(await gate.pass(async () => "still open")).toBe("still open");
});
