// The configured servers of one system: those of the present configuration, and for a while those that have left it.

import { ServerReplaced } from "../errors.js";
import { sameWithSecrets } from "../net/secret.js";

/** One configured server, as the list has to do with it. */
export interface ConfiguredServer<O> {
  readonly name: string;
  /** Takes over what may change while it goes on; false, with nothing done, when it has to be made anew. */
  adopt(options: O): boolean;
  /** Begins to look for events. */
  start(): void;
  /** Ends all who follow something on it, with this error. */
  retire(error: Error): void;
  close(): Promise<void>;
}

/** Names of servers, by what a new configuration has done to them. */
export interface ServerChanges {
  readonly added: readonly string[];
  /** Went on with other tokens or limits. */
  readonly adopted: readonly string[];
  /** Made anew: whoever followed something there was told to subscribe again. */
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

/** How long a server that has left the configuration still answers the operations that have begun before. */
const LEAVING_MS = 60_000;

export class ServerList<O extends { readonly name: string }, S extends ConfiguredServer<O>> {
  #entries: readonly { readonly options: O; readonly server: S }[];
  readonly #leaving = new Map<S, NodeJS.Timeout>();
  #started = false;
  #closed = false;

  constructor(
    options: readonly O[],
    private readonly create: (options: O) => S,
  ) {
    this.#entries = options.map((entry) => ({ options: entry, server: create(entry) }));
  }

  /** In the configuration's order; another array after each change. */
  get servers(): readonly S[] {
    return this.#entries.map(({ server }) => server);
  }

  start(): void {
    this.#started = true;
    for (const { server } of this.#entries) server.start();
  }

  /** Takes over another configuration. What has not changed goes on as it is, with its followers and all it remembers. */
  replace(options: readonly O[]): ServerChanges {
    if (this.#closed) return { added: [], adopted: [], replaced: [], removed: [] };
    const before = new Map(this.#entries.map((entry) => [entry.options.name, entry]));
    const [added, adopted, replaced]: [string[], string[], string[]] = [[], [], []];
    this.#entries = options.map((next) => {
      const { name } = next;
      const entry = before.get(name);
      if (entry !== undefined) {
        const isSame = sameWithSecrets(entry.options, next);
        if (isSame || entry.server.adopt(next)) {
          before.delete(name);
          if (!isSame) adopted.push(name);
          return { options: next, server: entry.server };
        }
      }
      (entry === undefined ? added : replaced).push(name);
      const server = this.create(next);
      if (this.#started) server.start();
      return { options: next, server };
    });
    for (const { server } of before.values()) this.#leave(server, replaced.includes(server.name));
    return { added, adopted, replaced, removed: [...before.keys()].filter((name) => !replaced.includes(name)) };
  }

  /** Harmless when repeated. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    await Promise.all([...this.servers, ...this.#leaving.keys()].map((server) => server.close()));
    this.#leaving.clear();
  }

  #leave(server: S, isReplaced: boolean): void {
    server.retire(new ServerReplaced(server.name, isReplaced));
    const close = () => {
      this.#leaving.delete(server);
      // It has nothing left that could fail but connections to a server that nobody asks any more.
      server.close().catch(() => undefined);
    };
    this.#leaving.set(server, setTimeout(close, LEAVING_MS).unref());
  }
}
