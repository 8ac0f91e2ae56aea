// Things of one kind by key, read once for everybody. What an anonymous read shows, every user sees; what it does not show
// is asked with the viewer's own token, and that answer is the viewer's alone. Nothing is given that was not shown to its
// asker, or to everybody, since the moment that the asker names.

import { BRIEF_MS } from "../../cache/lives.js";
import { STALE_MAX_MS } from "../../cache/read-cache.js";
import type { Silence } from "../../cache/silence.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { asAnonymous, givenUp, silent } from "./anonymous.js";
import type { Publicity } from "./anonymous.js";
import { Gather } from "./gather.js";
import { KnownRows } from "./known-rows.js";
import type { KnownRowsOptions, Shown, Since } from "./known-rows.js";

/** For how long those who hear of the same event one after the other may join one anonymous request. */
const GATHER_MS = 2;

export interface SharedRowsOptions<K, V, E> extends KnownRowsOptions<K, V, E> {
  readonly server: string;
  /** Those that the asker is shown. */
  readonly load: (keys: readonly K[], ask: Ask) => Promise<ReadonlyMap<K, V>>;
  readonly publicity: Publicity;
}

export interface SharedRowsStats {
  /** Things that everybody may see. */
  readonly rows: number;
  /** Things given that were known, and things that the server was asked for. */
  readonly known: number;
  readonly asked: number;
}

/** Methods throw `UpstreamError`. */
export class SharedRows<K extends string | number, V, E extends { readonly time: string }> extends KnownRows<K, V, E> {
  readonly #anonymous: Gather<K, V>;
  readonly #viewers = new Map<string, Gather<K, V>>();
  #known = 0;
  #asked = 0;
  /** Whether anonymous reads come first whoever asks. */
  isShared = false;

  constructor(protected override readonly options: SharedRowsOptions<K, V, E>) {
    super(options);
    this.#anonymous = new Gather((keys, ask) => this.#load(keys, asAnonymous(ask)), GATHER_MS);
  }

  stats(): SharedRowsStats {
    return { rows: this.size, known: this.#known, asked: this.#asked };
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
      if (ask.scope !== null) ask.scope.use(this.lifeOf(key, one));
    }
    if (ask.scope !== null && missing.length === 0) ask.scope.upstreamCached += 1;
    return { values, begun: Math.min(begun, clock.now()) };
  }

  /** Reads things anonymously, unless a request is under way that began after `since` and their last events. */
  async prove(keys: readonly K[], ask: Ask, since: number): Promise<void> {
    const seen = await this.#anonymous.read(keys, ask, (key) => this.sinceOf(key, since));
    for (const [key, one] of seen) this.learn(key, one.value, one.begun);
  }

  /** The same with the asker's own token. */
  async proveOwn(keys: readonly K[], ask: Ask, since: number): Promise<void> {
    await this.#readOwn(keys, ask, since);
  }

  async #fetch(keys: readonly K[], ask: Ask, limits: Since, shown: Map<K, Shown<V>>): Promise<void> {
    const { server, publicity } = this.options;
    const standIns = ask.scope === null ? null : this.#standIns(keys, ask);
    const work = this.#ask(keys, ask, limits);
    let silence: Silence | undefined;
    try {
      if (standIns === null || [...standIns.values()].some(({ begun }) => this.isVoid(begun))) {
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
        const known = this.lastOwn(key, ask);
        if (known === undefined) return true;
        if (this.ownOf(key, ask, known.value === null ? hiddenSince : since) === undefined) return true;
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
        const open = this.openOf(key);
        if (open !== undefined && (open.value !== null || ask.token === null)) result.set(key, open);
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
    const askedBy = this.notedAsker(key, ask);
    const open = this.openOf(key);
    if (open !== undefined) return open.value !== null || this.isShared;
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
      for (const [key, { value, begun }] of await gather.read(keys, ask, (one) => this.sinceOf(one, since))) {
        shown.set(key, this.learnOwn(key, ask, value, begun));
      }
      return shown;
    } finally {
      if (gather.isIdle && this.#viewers.get(ask.viewer) === gather) this.#viewers.delete(ask.viewer);
    }
  }

  #load(keys: readonly K[], ask: Ask): Promise<ReadonlyMap<K, V>> {
    this.#asked += keys.length;
    return this.options.publicity.noting(ask, this.options.load(keys, ask));
  }

  /** What may stand in while the server is away, where that is there of all; null where it is not. */
  #standIns(keys: readonly K[], ask: Ask): Map<K, Shown<V>> | null {
    const found = new Map<K, Shown<V>>();
    const { publicity, holdsMs } = this.options;
    // What was shown with the asker's own token.
    const own = Math.max(ask.scope?.changedAt ?? -Infinity, clock.now() - STALE_MAX_MS);
    const open = ask.token === null ? own : publicity.standInSince(ask, holdsMs());
    for (const key of keys) {
      const everybodys = this.openOf(key);
      const mine = this.lastOwn(key, ask);
      if (everybodys !== undefined && everybodys.value !== null && everybodys.begun >= open) found.set(key, everybodys);
      else if (mine !== undefined && mine.value !== null && mine.begun >= own) found.set(key, mine);
      else return null;
    }
    return found;
  }
}
