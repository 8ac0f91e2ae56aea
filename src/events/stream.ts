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

/** The value at hand, then the source's; leaving it leaves the source. */
export function startWith<T>(
  first: T,
  source: AsyncIterableIterator<T, undefined>,
): AsyncIterableIterator<T, undefined> {
  let waiting = true;
  return createStream<T>(
    () => {
      if (!waiting) return source.next();
      waiting = false;
      return Promise.resolve({ done: false, value: first });
    },
    async () => source.return?.(),
  );
}

/** The values at hand, then the source's, each turned by `map`; leaving it leaves the source. */
export function mapStream<T, U>(
  source: AsyncIterableIterator<T, undefined>,
  atHand: readonly T[],
  map: (value: T) => U,
): AsyncIterableIterator<U, undefined> {
  const waiting = [...atHand];
  return createStream<U>(
    async () => {
      const first = waiting.shift();
      if (first !== undefined) return { done: false, value: map(first) };
      const result = await source.next();
      return result.done === true ? { done: true, value: undefined } : { done: false, value: map(result.value) };
    },
    async () => source.return?.(),
  );
}

/** The source's values until the signal aborts: then it is left, and its reader gets the signal's reason as an error. */
export function endWith<T>(
  source: AsyncIterableIterator<T, undefined>,
  signal: AbortSignal | null | undefined,
): AsyncIterableIterator<T, undefined> {
  if (signal == null) return source;
  const leave = () => void source.return?.();
  signal.addEventListener("abort", leave);
  const end = () => signal.removeEventListener("abort", leave);
  return createStream<T>(
    async () => {
      signal.throwIfAborted();
      try {
        const result = await source.next();
        signal.throwIfAborted();
        if (result.done === true) end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    async () => {
      end();
      await source.return?.();
    },
  );
}
