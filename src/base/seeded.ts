/**
 * Uniform numbers in [0, 1) that are the same for the same seed on every machine: sfc32 (C. Doty-Humphrey, PractRand), 32-bit integer arithmetic only.
 * Of the seed its 53 bits count; the first rounds are thrown away, as the author advises, so that neighbouring seeds share nothing.
 */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum / 2 ** 32;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}
