// Things of one kind by key, read once for everybody. What an anonymous read shows, every user sees; what it does not show
// is asked with the viewer's own token, and that answer is the viewer's alone. Nothing is given that was not shown to its
// asker, or to everybody, since the moment that the asker names.

import type { Life } from "../../cache/memory.js";
import { BRIEF_MS, SETTLING_MS, UNSETTLED_MS } from "../../cache/lives.js";
import { STALE_MAX_MS } from "../../cache/read-cache.js";
import type { Silence } from "../../cache/silence.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { asAnonymous, givenUp, silent } from "./anonymous.js";
import type { Publicity } from "./anonymous.js";
import { Gather } from "./gather.js";
import type { Seen } from "./gather.js";

/** For how long those who hear of the same event one after the other may join one anonymous request. */
const GATHER_MS = 2;
/** Answers for single viewers that are held, and things that are known at most. */
const OWN_MAX = 20_000;
const THINGS_MAX = 30_000;

export interface SharedRowsOptions<K, V, E> {
  readonly server: string;
  /** Those that the asker is shown. */
  readonly load: (keys: readonly K[], ask: Ask) => Promise<ReadonlyMap<K, V>>;
  readonly publicity: Publicity;
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
interface Shown<V> extends Seen<V> {
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

export interface SharedRowsStats {
  /** Things that everybody may see. */
  readonly rows: number;
  /** Things given that were known, and things that the server was asked for. */
  readonly known: number;
  readonly asked: number;
}

/** Methods throw `UpstreamError`. */
export class SharedRows<K extends string | number, V, E extends { readonly time: string }> {
  readonly #things = new Map<K, Thing<V, E>>();
  readonly #anonymous: Gather<K, V>;
  readonly #viewers = new Map<string, Gather<K, V>>();
  /** Reads from before prove nothing. */
  #voidBefore = -Infinity;
  #own = 0;
  #rows = 0;
  #known = 0;
  #asked = 0;
  /** Whether anonymous reads come first whoever asks. */
  isShared = false;

  constructor(private readonly options: SharedRowsOptions<K, V, E>) {
    this.#anonymous = new Gather((keys, ask) => this.#load(keys, asAnonymous(ask)), GATHER_MS);
  }

  stats(): SharedRowsStats {
    return { rows: this.#rows, known: this.#known, asked: this.#asked };
  }

  /** The newest moment that an operation's answer may be from. */
  operationSince(): Since {
    const now = clock.now();
    return { since: now - this.options.holdsMs(), hiddenSince: now - BRIEF_MS };
  }

  /**
   * Those that the asker may see, and from when on they are: all reads that they rest on began then or later. An operation
   * is told what rests on them.
   */
  async read(
    keys: readonly K[],
    ask: Ask,
    limits: Since = this.operationSince(),
  ): Promise<{ readonly values: ReadonlyMap<K, V>; readonly begun: number }> {
    const shown = new Map<K, Shown<V>>();
    if (keys.length === 0) return { values: new Map(), begun: clock.now() };
    const missing: K[] = [];
    for (const key of new Set(keys)) {
      const found = this.find(key, ask, limits);
      if (found === null) missing.push(key);
      else shown.set(key, found);
    }
    this.#known += shown.size;
    // Public things are for those whose token the server knows.
    if (missing.length === 0) await this.options.publicity.admit(ask);
    else await this.#fetch(missing, ask, limits, shown);
    const values = new Map<K, V>();
    let begun = Infinity;
    for (const [key, one] of shown) {
      begun = Math.min(begun, one.begun);
      if (one.value !== null) values.set(key, one.value);
      if (ask.scope !== null) ask.scope.use(this.#lifeOf(key, one));
    }
    if (ask.scope !== null && missing.length === 0) ask.scope.upstreamCached += 1;
    return { values, begun: Math.min(begun, clock.now()) };
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
  openOf(key: K): Seen<V> | undefined {
    return this.#things.get(key)?.open ?? undefined;
  }

  /** Whether an anonymous read holds that began no earlier than `since`. */
  isProved(key: K, since: number): boolean {
    const thing = this.#things.get(key);
    return thing?.open != null && this.#holds(thing, thing.open, since);
  }

  /** Reads things anonymously, unless a request is under way that began after `since` and their last events. */
  async prove(keys: readonly K[], ask: Ask, since: number): Promise<void> {
    const seen = await this.#anonymous.read(keys, ask, (key) => this.#since(key, since));
    for (const [key, one] of seen) this.learn(key, one.value, one.begun);
  }

  /** The same with the asker's own token. */
  async proveOwn(keys: readonly K[], ask: Ask, since: number): Promise<void> {
    await this.#readOwn(keys, ask, since);
  }

  /** What the asker's own token has shown of a thing since a moment: undefined where it has to be asked. */
  ownOf(key: K, { viewer }: Ask, since: number): Seen<V> | undefined {
    const thing = this.#things.get(key);
    const own = thing?.own.get(viewer);
    return thing !== undefined && own !== undefined && this.#holds(thing, own, since) ? own : undefined;
  }

  /** The last that the asker's own token has shown of a thing, whatever came since. */
  lastOwn(key: K, { viewer }: Ask): Seen<V> | undefined {
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
  #lifeOf(key: K, shown: Shown<V>): Life {
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

  async #fetch(keys: readonly K[], ask: Ask, limits: Since, shown: Map<K, Shown<V>>): Promise<void> {
    const { server, publicity } = this.options;
    const standIns = ask.scope === null ? null : this.#standIns(keys, ask);
    const work = this.#ask(keys, ask, limits);
    let silence: Silence | undefined;
    try {
      if (standIns === null || [...standIns.values()].some(({ begun }) => begun <= this.#voidBefore)) {
        for (const [key, one] of await work) shown.set(key, one);
        return;
      }
      silence = publicity.silence();
      for (const [key, one] of await Promise.race([work, silence.reached])) shown.set(key, one);
    } catch (error) {
      work.catch(() => undefined);
      const reason = error === silence ? silent(server) : givenUp(server, error, ask);
      if (standIns === null || !(reason instanceof UpstreamError && reason.retryable)) throw reason;
      ask.scope?.stale.add(server);
      for (const [key, one] of standIns) shown.set(key, one);
    } finally {
      silence?.end();
    }
  }

  /** Shown to everybody, and what is not, with the asker's own token. */
  async #ask(keys: readonly K[], ask: Ask, limits: Since): Promise<Map<K, Shown<V>>> {
    const { since, hiddenSince } = limits;
    const shared = keys.filter((key) => this.#mayBeOpen(key, ask));
    const result = new Map<K, Shown<V>>();
    const own = new Set(keys.filter((key) => !shared.includes(key)));
    const readOwn = async (wanted: readonly K[]) => {
      const left = wanted.filter((key) => {
        const thing = this.#things.get(key);
        const known = thing?.own.get(ask.viewer);
        if (thing === undefined || known === undefined) return true;
        if (!this.#holds(thing, known, known.value === null ? hiddenSince : since)) return true;
        result.set(key, known);
        return false;
      });
      if (left.length > 0) for (const [key, one] of await this.#readOwn(left, ask, since)) result.set(key, one);
    };
    const readShared = async () => {
      const open = shared.filter((key) => !this.isProved(key, since));
      try {
        if (open.length > 0) await this.prove(open, ask, since);
      } catch (error) {
        // A server that wants a login: it answers nobody without a token.
        const isLogin = error instanceof UpstreamError && error.kind === "UpstreamDenied" && ask.token !== null;
        if (!isLogin) throw error;
        await readOwn(shared);
        return;
      }
      const hidden: K[] = [];
      for (const key of shared) {
        const open = this.#things.get(key)?.open;
        if (open != null && (open.value !== null || ask.token === null)) result.set(key, open);
        else hidden.push(key);
      }
      if (hidden.length > 0) await readOwn(hidden);
      else await this.options.publicity.admit(ask);
    };
    await Promise.all([own.size === 0 ? undefined : readOwn([...own]), shared.length === 0 ? undefined : readShared()]);
    return result;
  }

  /** Whether an anonymous read comes first: it saves a request as soon as two viewers ask, and costs one if only one does. */
  #mayBeOpen(key: K, ask: Ask): boolean {
    if (ask.token === null) return true;
    if (!this.options.publicity.isOpen) return false;
    const thing = this.#thingOf(key);
    const { askedBy, open } = thing;
    thing.askedBy = ask.viewer;
    if (open !== null) return open.value !== null || this.isShared;
    return this.isShared || (askedBy !== null && askedBy !== ask.viewer);
  }

  async #readOwn(keys: readonly K[], ask: Ask, since: number): Promise<Map<K, Shown<V>>> {
    let gather = this.#viewers.get(ask.viewer);
    if (gather === undefined) {
      gather = new Gather((wanted, as) => this.#load(wanted, as), 0);
      this.#viewers.set(ask.viewer, gather);
    }
    try {
      const shown = new Map<K, Shown<V>>();
      for (const [key, { value, begun }] of await gather.read(keys, ask, (one) => this.#since(one, since))) {
        const thing = this.#thingOf(key);
        const before = thing.own.get(ask.viewer) ?? null;
        if (before !== null && before.begun >= begun) {
          shown.set(key, before);
          continue;
        }
        const next = this.#newer(thing, before, value, begun);
        if (before === null) this.#own += 1;
        thing.own.set(ask.viewer, next);
        shown.set(key, next);
      }
      this.#bound();
      return shown;
    } finally {
      if (gather.isIdle && this.#viewers.get(ask.viewer) === gather) this.#viewers.delete(ask.viewer);
    }
  }

  /** When a read must have begun to tell what is so. */
  #since(key: K, since: number): number {
    return Math.max(since, this.#voidBefore, this.#things.get(key)?.eventAt ?? -Infinity);
  }

  #load(keys: readonly K[], ask: Ask): Promise<ReadonlyMap<K, V>> {
    this.#asked += keys.length;
    return this.options.publicity.noting(ask, this.options.load(keys, ask));
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

  /** What may stand in while the server is away, where that is there of all; null where it is not. */
  #standIns(keys: readonly K[], ask: Ask): Map<K, Shown<V>> | null {
    const found = new Map<K, Shown<V>>();
    const { publicity, holdsMs } = this.options;
    // What was shown with the asker's own token.
    const own = Math.max(ask.scope?.changedAt ?? -Infinity, clock.now() - STALE_MAX_MS);
    const open = ask.token === null ? own : publicity.standInSince(ask, holdsMs());
    for (const key of keys) {
      const thing = this.#things.get(key);
      const mine = thing?.own.get(ask.viewer);
      if (thing?.open != null && thing.open.value !== null && thing.open.begun >= open) found.set(key, thing.open);
      else if (mine !== undefined && mine.value !== null && mine.begun >= own) found.set(key, mine);
      else return null;
    }
    return found;
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
