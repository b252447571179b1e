import { expect, test } from "vitest";
import { Remembered } from "../../src/git/remembered.ts";

test("is asked once, also by those who ask at the same time; each has a list of its own", async () => {
  const remembered = new Remembered();
  let asked = 0;
  const ask = async (): Promise<number[]> => [(asked += 1), 3, 2];
  const [one, two] = await Promise.all([remembered.once(["a", "b"], ask), remembered.once(["a", "b"], ask)]);
  one.sort((a, b) => b - a);
  expect(two).toEqual([1, 3, 2]);
  expect(await remembered.once(["a", "b"], ask)).toEqual([1, 3, 2]);
  expect(await remembered.once(["a b"], ask)).toEqual([2, 3, 2]);
});

test("what fails, and what may come, is asked again", async () => {
  const remembered = new Remembered();
  let asked = 0;
  const ask = async (): Promise<number> => {
    asked += 1;
    if (asked === 1) throw new Error("not now");
    return asked;
  };
  const keep = (answer: number): boolean => answer > 2;
  await expect(remembered.once(["a"], ask, keep)).rejects.toThrow("not now");
  expect([await remembered.once(["a"], ask, keep), await remembered.once(["a"], ask, keep), await remembered.once(["a"], ask, keep)]).toEqual([2, 3, 3]);
});

test("holds so many answers and no more", async () => {
  const remembered = new Remembered();
  let asked = 0;
  const ask = async (): Promise<number> => (asked += 1);
  for (let n = 0; n < 500; n += 1) await remembered.once([String(n)], ask);
  await remembered.once(["499"], ask);
  expect(asked).toBe(500);
  await remembered.once(["0"], ask);
  expect(asked).toBe(501);
});
