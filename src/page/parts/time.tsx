// Times and durations. One timer for the whole page, once a second, while somebody looks.

import { ago, clock, duration } from "../format.js";
import { preferences } from "./preferences.js";
import { createStore, useStore } from "./store.js";

const second = createStore(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

const now = {
  get: second.get,
  subscribe: (listener: () => void) => {
    watchers += 1;
    timer ??= setInterval(() => {
      if (!document.hidden) second.set(Date.now());
    }, 1_000);
    const stop = second.subscribe(listener);
    return () => {
      stop();
      watchers -= 1;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  },
};

/** Milliseconds since 1970, once a second. */
export function useNow(): number {
  return useStore(now);
}

/** `13:02:59`, local or UTC as the reader likes. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  const { utc } = useStore(preferences);
  if (at == null) return <span className="muted">unknown</span>;
  const date = new Date(at);
  return (
    <time className="num nw" dateTime={at} title={utc ? date.toISOString() : date.toString()}>
      {clock(date, new Date(), utc)}
      {utc ? " UTC" : ""}
    </time>
  );
}

/** `2 min ago`. */
export function Ago({ at }: { readonly at: string | null | undefined }) {
  const value = useNow();
  const { utc } = useStore(preferences);
  if (at == null) return null;
  const date = new Date(at);
  return (
    <time className="num nw" dateTime={at} title={clock(date, new Date(value), utc)}>
      {ago((value - date.getTime()) / 1_000)}
    </time>
  );
}

/** How long it has been going on; ticks. */
export function Since({ at }: { readonly at: string | null | undefined }) {
  const value = useNow();
  if (at == null) return null;
  return (
    <time className="num nw" dateTime={at}>
      {duration((value - new Date(at).getTime()) / 1_000)}
    </time>
  );
}

export function Took({ seconds }: { readonly seconds: number | null | undefined }) {
  return seconds == null ? null : <span className="num nw">{duration(seconds)}</span>;
}
