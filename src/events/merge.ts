// Several streams as one.

import { createStream } from "./stream.js";

/**
 * The sources' values as they come; of each source one is asked for at a time. Ends when all sources have ended, or with
 * the error of the first that fails, which leaves the others. Leaving it leaves all sources.
 */
export function mergeStreams<T>(
  sources: readonly AsyncIterableIterator<T, undefined>[],
): AsyncIterableIterator<T, undefined> {
  const open = new Set(sources);
  /** Results that wait for a reader; at most one of each source. */
  const ready: {
    readonly source: AsyncIterableIterator<T, undefined>;
    readonly result: IteratorResult<T, undefined>;
  }[] = [];
  let fault: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  let started = false;

  // Not `Promise.race`: each race would leave a reaction behind on the promises of sources that stay silent.
  const ask = (source: AsyncIterableIterator<T, undefined>) => {
    source.next().then(
      (result) => {
        if (result.done === true) open.delete(source);
        else ready.push({ source, result });
        wake?.();
      },
      (error: unknown) => {
        open.delete(source);
        fault ??= { error };
        wake?.();
      },
    );
  };
  const leave = async () => {
    const left = [...open];
    open.clear();
    ready.length = 0;
    wake?.();
    await Promise.all(left.map(async (source) => source.return?.()));
  };

  return createStream<T>(async () => {
    if (!started) sources.forEach(ask);
    started = true;
    for (;;) {
      const first = ready.shift();
      if (first !== undefined) {
        ask(first.source);
        return first.result;
      }
      if (fault !== undefined) {
        const { error } = fault;
        fault = undefined;
        void leave();
        throw error;
      }
      if (open.size === 0) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }, leave);
}
