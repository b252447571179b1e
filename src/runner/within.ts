/** Whether a promise settles within a time; its failure counts as settled and stays with whoever else awaits it. */
export function within(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const { promise: answer, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  const settle = (): void => {
    clearTimeout(timer);
    resolve(true);
  };
  promise.then(settle, settle);
  return answer;
}
