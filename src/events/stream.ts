// An async iterator whose end does not wait for its next value, unlike a generator's.

/**
 * @param next the next value, or the end.
 * @param leave called when the reader leaves early, also while `next` is under way: must make that end, too. A
 *   generator's own `return` would wait for the pending value, and a reader that left would be served until one comes.
 */
export function createStream<T>(
  next: () => Promise<IteratorResult<T, undefined>>,
  leave: () => Promise<unknown>,
): AsyncIterableIterator<T, undefined> {
  return {
    next,
    async return() {
      await leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
