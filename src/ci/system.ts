// The contract of a CI system: what a folder such as `lava/` gives to the gateway. `systems.ts` is the list of them.

import type { z } from "zod";
import type { Cluster } from "../cluster/cluster.js";
import type { Memory } from "../cache/memory.js";
import type { OperationScope } from "../cache/operation-scope.js";
import type { FinalStore, ReadCacheStats } from "../cache/read-cache.js";
import type { HttpLimits } from "../net/http-limits.js";
import type { CallObserver, HttpStatus } from "../net/http.js";
import type { Secret } from "../net/secret.js";
import type { CostTable } from "./cost.js";
import type { ListLimits } from "./list-limits.js";
import type { ServerEvents, ServerNotice, ServerProbe, SharedRowsStatus } from "./server.js";
import type { CiSession } from "./session.js";
import type { Credentials } from "./viewer.js";

/** What every configured server has, whatever its system. */
export interface ServerOptions {
  /** Unique among the servers of all systems. */
  readonly name: string;
  readonly url: URL;
  readonly limits?: Partial<HttpLimits> | undefined;
}

/** A system's part of the configuration. */
export interface SystemConfig<O extends ServerOptions, K extends z.ZodRawShape = z.ZodRawShape> {
  /** An entry, for messages. */
  readonly example: { readonly name: string; readonly url: string };
  /** Of one entry of its list, besides `name` and `url`. */
  readonly keys: K;
  /**
   * The server's own part of a valid entry.
   * @param path of the entry, e.g. `lava.0`, for what is wrong, which goes to `faults`.
   */
  read(entry: z.infer<z.ZodObject<K>> & { readonly url: string }, path: string, faults: string[]): ReadOptions<O>;
  /** What no single key shows. The entry may have other faults as well: all are told together. */
  check?(entry: Readonly<Record<string, unknown>>, path: string, faults: string[]): void;
}

type ReadOptions<O extends ServerOptions> = Omit<O, keyof ServerOptions>;

/** What all servers of the process share. */
export interface SystemShared {
  readonly memory: Memory;
  /** On disk; null for none. */
  readonly finals: FinalStore | null;
  /** How long an answer of a server proves that its viewer may see what is in it. */
  readonly rightsMs: number;
  /** What other gateways of the same servers share with this one. */
  readonly cluster: Cluster;
  readonly observer?: CallObserver | undefined;
  readonly onNotice?: ((notice: ServerNotice) => void) | undefined;
}

/** One configured server of a running system. */
export interface CiServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  /** How the connection to it fares. */
  readonly status: HttpStatus;
  readonly cache: { stats(): ReadCacheStats };
  /** How news of it reach Etna just now. */
  events(): ServerEvents;
  /** What is read once for all viewers; null where nothing is, absent where there are no viewers. */
  shared?(): SharedRowsStatus | null;
  /** Whether runs are found by what they name without a search of the server; absent where they never are. */
  isIndexed?(): boolean;
  /** Whose tokens it takes besides its own: see `addressTokens`. */
  readonly tokens?: "shared" | undefined;
  /** Whether it takes this viewer for a user of its own. True where it has no users. */
  knows(credentials: Credentials): boolean;
  /** One look at it. Never throws. */
  probe(): Promise<ServerProbe>;
  /** Whose a token is; null where the server takes it for nobody's. Absent where it has no users. Throws `UpstreamError`. */
  whose?(token: Secret): Promise<string | null>;
  /** What an administrator should know besides, for `etna doctor`; asked only of a server that is reachable. */
  findings?(): AsyncIterable<Finding>;
}

export interface Finding {
  readonly isGood: boolean;
  /** A line in plain words. */
  readonly text: string;
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

/** One system with its configured servers, for the life of the process. */
export interface RunningSystem<O extends ServerOptions = ServerOptions> {
  /** Of the present configuration. */
  readonly servers: readonly CiServer[];
  /** Begins to look for events. */
  start(): void;
  /** Takes over another configuration. */
  replace(options: readonly O[]): ServerChanges;
  /** The servers as one viewer sees them, for one operation. */
  createSession(credentials: Credentials, scope: OperationScope): CiSession;
  close(): Promise<void>;
}

type ResolverClass = new () => object;

/** A kind of CI system. Its `kind` is its key in the configuration, its flag, and its place in a resolver's context. */
export interface CiSystem<K extends string = string, O extends ServerOptions = ServerOptions> {
  readonly kind: K;
  /** As people write it: `LAVA`. */
  readonly title: string;
  readonly config: SystemConfig<O>;
  readonly resolvers: readonly [ResolverClass, ...ResolverClass[]];
  /** What its fields cost: see cost.ts. */
  readonly costs: CostTable;
  /** Requests of one of its servers for a page of `Query.runs`, and for `Query.search`. */
  readonly prices: { readonly runs: number; readonly search: number };
  /** Types of which a server gives many in one request, by their ids. */
  readonly bulkTypes?: ReadonlySet<string>;
  /** Lists that a client may send longer or shorter than others. */
  readonly listLimits?: ListLimits;
  /** Whether its servers know users: only then a client may send a token for one of them. */
  readonly hasUsers: boolean;
  /** Where files are downloaded, e.g. `/export/lava/`; absent where there are none. */
  readonly downloads?: string;
  /** @param shared each process has its own where left out. */
  create(options: readonly O[], shared?: Partial<SystemShared>): RunningSystem<O>;
}

/** The options of a system's servers. */
export type OptionsOf<S> = S extends CiSystem<string, infer O> ? O : never;
