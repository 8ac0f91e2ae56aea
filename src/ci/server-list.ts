// The configured servers of one system: those of the present configuration, and for a while those that have left it.

import { ALONE } from "../cluster/alone.js";
import { Memory } from "../cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../cache/operation-scope.js";
import { ServerReplaced } from "../errors.js";
import { RIGHTS_DEFAULT_MS } from "../net/read.js";
import { sameWithSecrets } from "../net/secret.js";
import type { CiSession } from "./session.js";
import type { CiServer, RunningSystem, ServerChanges, ServerOptions, SystemShared } from "./system.js";
import { ANONYMOUS } from "./viewer.js";
import type { Credentials } from "./viewer.js";

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

/** With everything that its own resolvers and tests ask of it, in its own types. */
export interface OwnSystem<O extends ServerOptions, S, T> extends RunningSystem<O> {
  readonly servers: readonly (S & CiServer)[];
  createSession(credentials?: Credentials, scope?: OperationScope): T & CiSession;
}

export function runSystem<O extends ServerOptions, S extends ConfiguredServer<O> & CiServer, T extends CiSession>(
  options: readonly O[],
  shared: Partial<SystemShared>,
  createServer: (options: O, shared: SystemShared) => S,
  createSession: (servers: readonly S[], credentials: Credentials, scope: OperationScope) => T,
): OwnSystem<O, S, T> {
  const all: SystemShared = {
    memory: new Memory(),
    finals: null,
    rightsMs: RIGHTS_DEFAULT_MS,
    cluster: ALONE,
    ...shared,
  };
  const list = new ServerList(options, (server) => createServer(server, all));
  return {
    get servers() {
      return list.servers;
    },
    start: () => list.start(),
    replace: (next) => list.replace(next),
    createSession: (credentials = ANONYMOUS, scope = new OperationScope(NOBODY_LEAVES)) =>
      createSession(list.servers, credentials, scope),
    close: () => list.close(),
  };
}
