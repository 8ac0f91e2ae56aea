// What is known of things of one kind by key: what anonymous reads and those with a viewer's own token have shown, what events
// have changed since, and how long that holds. Asks nobody: see `shared-rows.ts`.

import type { Life } from "../../cache/memory.js";
import { BRIEF_MS, SETTLING_MS, UNSETTLED_MS } from "../../cache/lives.js";
import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";
import type { Seen } from "./gather.js";

/** Answers for single viewers that are held, and things that are known at most. */
const OWN_MAX = 20_000;
const THINGS_MAX = 30_000;

export interface KnownRowsOptions<K, V, E> {
  /** How long a read holds where no event says otherwise, in milliseconds: also as a proof of rights. */
  readonly holdsMs: () => number;
  /** Whether a read is not older than what an event tells. */
  readonly isAfter: (value: V | null, event: E) => boolean;
  /** The thing as an event leaves it, where an event tells all that it changes. */
  readonly apply?: (value: V, event: E) => V;
  readonly isSame: (a: V, b: V) => boolean;
  /** A read has shown something else to everybody than the one before. */
  readonly onChange?: (key: K) => void;
  /** Something that was given has ended. */
  readonly onEnd: () => void;
}

/** What was shown, with the life of what rests on it. */
export interface Shown<V> extends Seen<V> {
  value: V | null;
  life: Life | null;
}

interface Thing<V, E> {
  /** The last anonymous read. */
  open: Shown<V> | null;
  /** By viewer. */
  readonly own: Map<string, Shown<V>>;
  event: E | null;
  /** When the event came. */
  eventAt: number;
  /** The last who asked with a token. */
  askedBy: string | null;
}

/** What an asker may be given at most. */
export interface Since {
  readonly since: number;
  /** The same for what was not shown. */
  readonly hiddenSince: number;
}

export class KnownRows<K extends string | number, V, E extends { readonly time: string }> {
  readonly #things = new Map<K, Thing<V, E>>();
  /** Reads from before prove nothing. */
  #voidBefore = -Infinity;
  #own = 0;
  #rows = 0;

  constructor(protected readonly options: KnownRowsOptions<K, V, E>) {}

  /** Things that everybody may see. */
  get size(): number {
    return this.#rows;
  }

  /** Whether what was read then is to be read again whatever happens. */
  isVoid(begun: number): boolean {
    return begun <= this.#voidBefore;
  }

  /** What is known for this asker; null where the server has to be asked. */
  find(key: K, ask: Ask, { since, hiddenSince }: Since): Shown<V> | null {
    const thing = this.#things.get(key);
    if (thing === undefined) return null;
    const { open } = thing;
    if (open !== null && open.value !== null && this.#holds(thing, open, since)) return open;
    const own = ask.token === null ? open : (thing.own.get(ask.viewer) ?? null);
    if (own === null || !this.#holds(thing, own, own.value === null ? hiddenSince : since)) return null;
    return own;
  }

  /** What anonymous reads have shown of a thing; undefined where there was none. */
  openOf(key: K): Shown<V> | undefined {
    return this.#things.get(key)?.open ?? undefined;
  }

  /** Whether an anonymous read holds that began no earlier than `since`. */
  isProved(key: K, since: number): boolean {
    const thing = this.#things.get(key);
    return thing?.open != null && this.#holds(thing, thing.open, since);
  }

  /** What the asker's own token has shown of a thing since a moment: undefined where it has to be asked. */
  ownOf(key: K, { viewer }: Ask, since: number): Shown<V> | undefined {
    const thing = this.#things.get(key);
    const own = thing?.own.get(viewer);
    return thing !== undefined && own !== undefined && this.#holds(thing, own, since) ? own : undefined;
  }

  /** The last that the asker's own token has shown of a thing, whatever came since. */
  lastOwn(key: K, { viewer }: Ask): Shown<V> | undefined {
    return this.#things.get(key)?.own.get(viewer);
  }

  /** An anonymous read has shown this, or (null) has not shown the thing. */
  learn(key: K, value: V | null, begun: number): void {
    const thing = this.#thingOf(key);
    const before = thing.open;
    if (before !== null && before.begun > begun) return;
    const next = this.#newer(thing, before, value, begun);
    thing.open = next;
    if ((before?.value ?? null) === null && next.value !== null) this.#rows += 1;
    if (before != null && before.value !== null && next.value === null) this.#rows -= 1;
    if (before === null || before.value !== next.value) this.options.onChange?.(key);
  }

  /** Puts the same thing in another form in its place. */
  reshape(key: K, shape: (value: V) => V): void {
    const open = this.#things.get(key)?.open;
    if (open != null && open.value !== null) open.value = shape(open.value);
  }

  /** An event names a thing. Returns whether it says something new of it. */
  heard(key: K, event: E): boolean {
    const thing = this.#thingOf(key);
    const { apply, isAfter } = this.options;
    if (apply !== undefined) {
      if (thing.event !== null && event.time < thing.event.time) return false;
      this.#mark(thing, event);
      for (const shown of [thing.open, ...thing.own.values()]) {
        if (shown === null || shown.value === null) continue;
        const next = apply(shown.value, event);
        if (this.options.isSame(shown.value, next)) continue;
        shown.value = next;
        this.#end(shown);
      }
      return true;
    }
    const known = [thing.open, ...thing.own.values()].filter((shown) => shown !== null);
    const seen = known.filter(({ value }) => value !== null);
    // Doubled, or late: what was read is further on.
    if (seen.length > 0 && seen.every(({ value }) => isAfter(value, event))) return false;
    this.#mark(thing, event);
    for (const shown of known) this.#end(shown);
    return true;
  }

  /** Events were missed, or something was changed through Etna: all is to be read again. */
  forgetProofs(): void {
    this.#voidBefore = clock.now();
    for (const thing of this.#things.values()) {
      if (thing.open !== null) this.#end(thing.open);
      for (const own of thing.own.values()) this.#end(own);
    }
  }

  /** Lets go of a thing. */
  forget(key: K): void {
    const thing = this.#things.get(key);
    if (thing === undefined) return;
    this.#things.delete(key);
    this.#own -= thing.own.size;
    if (thing.open !== null && thing.open.value !== null) this.#rows -= 1;
    if (thing.open !== null) this.#end(thing.open);
    for (const own of thing.own.values()) this.#end(own);
  }

  /** The life of what rests on a thing's being shown to everybody, and on its not being shown. */
  lifeOf(key: K, shown: Shown<V>): Life {
    if (shown.life !== null) return shown.life;
    const now = clock.now();
    let until = shown.begun + (shown.value === null ? BRIEF_MS : this.options.holdsMs());
    const thing = this.#things.get(key);
    if (thing !== undefined && this.#isUnsettled(thing, shown)) {
      until = shown.begun < thing.eventAt + UNSETTLED_MS ? now : Math.min(until, thing.eventAt + SETTLING_MS);
    }
    if (shown.begun < this.#voidBefore) until = now;
    return (shown.life = { freshUntil: performance.now() + until - now });
  }

  /** A read with a viewer's own token has shown this, or (null) has not shown the thing. Gives what is known of it now. */
  learnOwn(key: K, { viewer }: Ask, value: V | null, begun: number): Shown<V> {
    const thing = this.#thingOf(key);
    const before = thing.own.get(viewer) ?? null;
    if (before !== null && before.begun >= begun) return before;
    const next = this.#newer(thing, before, value, begun);
    if (before === null) this.#own += 1;
    thing.own.set(viewer, next);
    this.#bound();
    return next;
  }

  /** Notes who asks for a thing; gives who did before. */
  notedAsker(key: K, { viewer }: Ask): string | null {
    const thing = this.#thingOf(key);
    const { askedBy } = thing;
    thing.askedBy = viewer;
    return askedBy;
  }

  /** When a read must have begun to tell what is so. */
  sinceOf(key: K, since: number): number {
    return Math.max(since, this.#voidBefore, this.#things.get(key)?.eventAt ?? -Infinity);
  }

  /** What a read makes of what was known; its life goes on while nothing has changed. */
  #newer(thing: Thing<V, E>, before: Shown<V> | null, value: V | null, begun: number): Shown<V> {
    const { apply, isSame, holdsMs } = this.options;
    const { event } = thing;
    // A read so soon after an event may be from before it.
    const isEarly = event !== null && begun < thing.eventAt + UNSETTLED_MS;
    const read = value !== null && apply !== undefined && isEarly ? apply(value, event) : value;
    const known = before?.value ?? null;
    const same = before !== null && (read === null || known === null ? read === known : isSame(known, read));
    if (!same) {
      if (before !== null) this.#end(before);
      return { value: read, begun, life: null };
    }
    const life = before.life !== null && before.life.freshUntil > performance.now() ? before.life : null;
    const next: Shown<V> = { value: known, begun, life: null };
    if (life !== null && known !== null && !this.#isUnsettled(thing, next)) {
      life.freshUntil = performance.now() + begun + holdsMs() - clock.now();
      next.life = life;
    } else this.#end(before);
    return next;
  }

  #holds(thing: Thing<V, E>, shown: Shown<V>, since: number): boolean {
    if (shown.begun < Math.max(since, this.#voidBefore)) return false;
    if (thing.event === null) return true;
    if (shown.begun < thing.eventAt) return this.#isApplied(shown);
    if (!this.#isUnsettled(thing, shown)) return true;
    return shown.begun >= thing.eventAt + UNSETTLED_MS && clock.now() < thing.eventAt + SETTLING_MS;
  }

  /** Whether it may be from before the last event, although it was read after that had come. */
  #isUnsettled(thing: Thing<V, E>, shown: Shown<V>): boolean {
    const { event, eventAt } = thing;
    if (event === null || shown.begun >= eventAt + SETTLING_MS) return false;
    return !(shown.begun < eventAt && this.#isApplied(shown)) && !this.options.isAfter(shown.value, event);
  }

  /** Whether it has been kept up to date by events. */
  #isApplied({ value }: Shown<V>): boolean {
    return this.options.apply !== undefined && value !== null;
  }

  #mark(thing: Thing<V, E>, event: E): void {
    thing.event = event;
    thing.eventAt = clock.now();
  }

  #thingOf(key: K): Thing<V, E> {
    let thing = this.#things.get(key);
    if (thing === undefined) {
      thing = { open: null, own: new Map(), event: null, eventAt: -Infinity, askedBy: null };
      this.#things.set(key, thing);
      if (this.#things.size > THINGS_MAX) this.#dropOldest();
    }
    return thing;
  }

  #dropOldest(): void {
    for (const key of this.#things.keys()) {
      if (this.#things.size <= THINGS_MAX) break;
      this.forget(key);
    }
  }

  /** The oldest answers for single viewers go. */
  #bound(): void {
    if (this.#own <= OWN_MAX) return;
    for (const thing of this.#things.values()) {
      if (this.#own <= OWN_MAX * 0.9) break;
      for (const own of thing.own.values()) this.#end(own);
      this.#own -= thing.own.size;
      thing.own.clear();
    }
  }

  #end(shown: Shown<V>): void {
    if (shown.life === null) return;
    shown.life.freshUntil = 0;
    shown.life = null;
    this.options.onEnd();
  }
}
