// Lists of a lab's devices, device types or workers for any viewer: one read of all that everybody may see serves all viewers.
// What a viewer may see besides, a read with its own token tells, which is made again where there may be more; each thing
// itself is proved by the rows. Its test: test/lava/replica/name-lists.test.ts.

import { STALE_MAX_MS } from "../../cache/read-cache.js";
import type { Life } from "../../cache/memory.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { asAnonymous, givenUp, silent } from "./anonymous.js";
import type { Publicity } from "./anonymous.js";
import { Gather } from "./gather.js";
import type { SharedRows } from "./shared-rows.js";

/** A list that is asked for again within so long is worth having as a whole. */
const WANTED_MS = 600_000;
/** After so long a viewer is asked for again: it may be shown more by now. */
const OWN_HOLDS_MS = 600_000;
const VIEWERS_MAX = 10_000;
const STRANGE_MAX = 10_000;
/** For how long those who want the same list at once may join one request. */
const GATHER_MS = 2;
/** Rows are proved again a little later than the list, so that the list's read proves them. */
const EARLIER = 0.25;
const ALL = "all";

export interface NameListsOptions<V, E extends { readonly time: string }> {
  readonly server: string;
  readonly publicity: Publicity;
  readonly rows: SharedRows<string, V, E>;
  readonly nameOf: (value: V) => string;
  /** All that the asker is shown, in the server's order by name; null for too many. Goes past every cache. */
  readonly load: (ask: Ask) => Promise<readonly V[] | null>;
  /** How long a read holds, in milliseconds: as a proof of rights, too. */
  readonly holdsMs: () => number;
  /** How long it is taken for certain that a viewer is shown no more than it was, where nothing tells of more. */
  readonly ownHoldsMs: () => number;
  /** Whether everybody is shown all of them. */
  readonly isOpen: boolean;
  readonly rightsMs: number;
  /** An answer that was given has ended. */
  readonly onEnd: () => void;
}

interface Listed {
  readonly names: ReadonlySet<string>;
  /** When it was asked for, on the clock of `clock.ts`. */
  readonly begun: number;
}

export class NameLists<V, E extends { readonly time: string }> {
  readonly #anonymous: Gather<string, readonly V[] | null>;
  readonly #viewers = new Map<string, Gather<string, readonly V[] | null>>();
  #open: Listed | null = null;
  readonly #own = new Map<string, Listed>();
  /** Things that events have named and not everybody is shown, with when that was first. */
  readonly #strange = new Map<string, number>();
  #strangeAt = -Infinity;
  #voidBefore = -Infinity;
  #wantedAt = -Infinity;
  #uselessUntil = -Infinity;
  /** Of all answers, until there may be something new. */
  #life: Life = { freshUntil: Infinity };

  constructor(private readonly options: NameListsOptions<V, E>) {
    this.#anonymous = new Gather((_, ask) => this.#load(asAnonymous(ask)), GATHER_MS);
  }

  /** An event names a thing. */
  heard(name: string): void {
    if (this.#open === null || this.#open.names.has(name) || this.#strange.has(name)) return;
    if (this.#strange.size >= STRANGE_MAX) this.#strange.clear();
    this.#strangeAt = clock.now();
    this.#strange.set(name, this.#strangeAt);
    this.#endAnswers();
  }

  /** Events may have been missed, or something was changed through Etna. */
  forgetProofs(): void {
    this.#voidBefore = clock.now();
    this.#endAnswers();
  }

  /** All that the asker is shown, in the server's order by name; null where the server is to be asked. Throws `UpstreamError`. */
  async all(ask: Ask): Promise<readonly V[] | null> {
    const { publicity, rows } = this.options;
    const now = clock.now();
    const isWanted = now - this.#wantedAt < WANTED_MS;
    this.#wantedAt = now;
    if (!isWanted || ask.scope === null || !publicity.isOpen || now < this.#uselessUntil) return null;
    const life = this.#life;
    const listed = await this.#names(ask, ask.scope.stale);
    if (listed === null) return null;
    const names = [...listed.names];
    const { values } = await rows.read(names, ask);
    ask.scope.use(life);
    ask.scope.use({ freshUntil: performance.now() + listed.until - clock.now() });
    return names.flatMap((name) => values.get(name) ?? []);
  }

  async #names(ask: Ask, stale: Set<string>): Promise<(Listed & { readonly until: number }) | null> {
    const { server, publicity, rightsMs } = this.options;
    const work = this.#current(ask);
    const silence = publicity.silence();
    try {
      return await Promise.race([work, silence.reached]);
    } catch (error) {
      const reason = error === silence ? silent(server) : givenUp(server, error, ask);
      if (!(reason instanceof UpstreamError)) throw reason;
      // A server that shows nothing to those without a token, or does not know this one, is asked by the viewer itself.
      if (reason.kind === "UpstreamDenied") return null;
      const before = reason.retryable
        ? this.#standIn(ask, publicity.standInSince(ask, rightsMs, error === silence))
        : null;
      if (before === null) {
        if (error !== silence) throw reason;
        return await work;
      }
      work.catch(() => undefined);
      stale.add(server);
      return { ...before, until: clock.now() };
    } finally {
      silence.end();
    }
  }

  async #current(ask: Ask): Promise<(Listed & { readonly until: number }) | null> {
    const { publicity, holdsMs, isOpen } = this.options;
    await publicity.admit(ask);
    const holds = holdsMs() * (1 - EARLIER);
    const open = await this.#readOpen(ask, Math.max(clock.now() - holds, this.#voidBefore, this.#strangeAt));
    if (open === null) return null;
    const until = open.begun + holds;
    if (ask.token === null || isOpen) return { ...open, until };
    const own = await this.#readOwn(ask, open);
    // Shown to everybody, but not to this one: the server has changed meanwhile, and can tell itself.
    if (own === null || [...open.names].some((name) => !own.names.has(name))) return null;
    for (const name of own.names) if (!open.names.has(name)) this.options.rows.learn(name, null, open.begun);
    return { ...own, until: Math.min(until, own.begun + this.#ownHoldsMs(own)) };
  }

  async #readOpen(ask: Ask, since: number): Promise<Listed | null> {
    if (this.#open !== null && this.#open.begun >= since) return this.#open;
    const seen = (await this.#anonymous.read([ALL], ask, () => since)).get(ALL);
    if (seen?.value == null) return this.#useless();
    const before = this.#open;
    if (before !== null && before.begun >= seen.begun) return before;
    const { rows, nameOf } = this.options;
    const open = listedOf(seen.value.map(nameOf), seen.begun);
    this.#open = open;
    for (const value of seen.value) rows.learn(nameOf(value), value, seen.begun);
    for (const name of before?.names ?? []) if (!open.names.has(name)) rows.learn(name, null, seen.begun);
    for (const name of open.names) this.#strange.delete(name);
    return open;
  }

  async #readOwn(ask: Ask, open: Listed): Promise<Listed | null> {
    const known = this.#own.get(ask.viewer);
    if (known !== undefined && known.begun >= this.#sinceOf(known, open)) return known;
    let gather = this.#viewers.get(ask.viewer);
    if (gather === undefined) {
      gather = new Gather((_, as) => this.#load(as), 0);
      this.#viewers.set(ask.viewer, gather);
    }
    try {
      const since = known === undefined ? this.#voidBefore : this.#sinceOf(known, open);
      const seen = (await gather.read([ALL], ask, () => since)).get(ALL);
      if (seen?.value == null) return this.#useless();
      const own = listedOf(seen.value.map(this.options.nameOf), seen.begun);
      this.#own.delete(ask.viewer);
      this.#own.set(ask.viewer, own);
      for (const oldest of this.#own.keys()) {
        if (this.#own.size <= VIEWERS_MAX) break;
        this.#own.delete(oldest);
      }
      return own;
    } finally {
      if (gather.isIdle && this.#viewers.get(ask.viewer) === gather) this.#viewers.delete(ask.viewer);
    }
  }

  /** When a read must have begun to tell what a viewer is shown besides what everybody is. */
  #sinceOf(own: Listed, open: Listed): number {
    const unknown = [...this.#strange].filter(([name]) => !own.names.has(name)).map(([, at]) => at);
    const isNew = [...open.names].some((name) => !own.names.has(name));
    return Math.max(this.#voidBefore, clock.now() - this.#ownHoldsMs(own), isNew ? open.begun : -Infinity, ...unknown);
  }

  /** What events name and this viewer is not shown may be shown to it by now. */
  #ownHoldsMs(own: Listed): number {
    const { holdsMs, ownHoldsMs } = this.options;
    const isSure = [...this.#strange.keys()].every((name) => own.names.has(name));
    return isSure ? ownHoldsMs() : holdsMs();
  }

  #standIn(ask: Ask, since: number): Listed | null {
    if (ask.token === null || this.options.isOpen) {
      return this.#open !== null && this.#open.begun >= since ? this.#open : null;
    }
    const own = this.#own.get(ask.viewer);
    const changedAt = ask.scope?.changedAt ?? -Infinity;
    return own !== undefined && own.begun >= Math.max(clock.now() - STALE_MAX_MS, changedAt) ? own : null;
  }

  async #load(ask: Ask): Promise<ReadonlyMap<string, readonly V[] | null>> {
    return new Map([[ALL, await this.options.publicity.noting(ask, this.options.load(ask))]]);
  }

  /** There are too many to be read as a whole. */
  #useless(): null {
    this.#uselessUntil = clock.now() + WANTED_MS;
    return null;
  }

  #endAnswers(): void {
    this.#life.freshUntil = 0;
    this.#life = { freshUntil: Infinity };
    this.options.onEnd();
  }
}

/** Where every change comes as an event, something new is heard of. */
export function ownHoldsMs(hearsAll: () => boolean, holdsMs: () => number): () => number {
  return () => (hearsAll() ? OWN_HOLDS_MS : holdsMs());
}

function listedOf(names: readonly string[], begun: number): Listed {
  return { names: new Set(names), begun };
}
