// A whole gateway on a free port, and a client that speaks to it as users do: HTTP and graphql-transport-ws.

import { createClient } from "graphql-ws";
import type { Client, ExecutionResult } from "graphql-ws";
import { pino } from "pino";
import { WebSocket } from "ws";
import { ANONYMOUS_ENTRY } from "./entries.js";
import { DEFAULT_CACHE } from "../../src/config/cache.js";
import { DEFAULT_TELEMETRY } from "../../src/config/telemetry.js";
import type { TelemetryConfig } from "../../src/config/telemetry.js";
import type { Config } from "../../src/config/config.js";
import type { CuirassServerOptions } from "../../src/cuirass/index.js";
import type { LavaServerOptions } from "../../src/lava/index.js";
import type { ClientsConfig } from "../../src/config/limits.js";
import { createGateway } from "../../src/gateway.js";
import type { Reloaded } from "../../src/gateway.js";

export interface GraphQLAnswer<T> {
  readonly status: number;
  readonly data: T;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
}

/** A client of a gateway, over HTTP and WebSocket. */
export interface TestClient {
  query<T = Record<string, any>>(
    document: { toString(): string },
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<GraphQLAnswer<T>>;
  /** Starts at once; the values are queued until they are read. */
  subscribe<T = Record<string, any>>(
    document: { toString(): string },
    variables?: Record<string, unknown>,
    params?: Record<string, unknown>,
  ): Subscribed<T>;
  /** Ends its sockets. */
  close(): Promise<void>;
}

/** Its `close` ends the gateway, too. */
export interface TestGateway extends TestClient {
  readonly origin: string;
  /** Lines of the gateway's log, JSON, from debug level on. */
  readonly logLines: readonly string[];
  /** Has it take over another configuration. */
  reload(options: TestGatewayOptions): Promise<Reloaded>;
}

export interface Subscribed<T> {
  /** The next result, or undefined when it has completed. */
  next(): Promise<ExecutionResult<T> | undefined>;
  /** All results that are left, until it completes. */
  rest(): Promise<ExecutionResult<T>[]>;
  close(): void;
}

export interface TestGatewayOptions {
  readonly lava?: readonly (Partial<Omit<LavaServerOptions, "url">> & { readonly url: string })[];
  readonly cuirass?: readonly (Partial<Omit<CuirassServerOptions, "url">> & { readonly url: string })[];
  readonly clients?: Partial<ClientsConfig>;
  /** False for a gateway that asks its servers each time. */
  readonly remembers?: boolean;
  readonly cacheDir?: string;
  readonly rightsMs?: number;
  /** Names by which it is asked, besides addresses and loopback names. */
  readonly hosts?: readonly string[];
  /** The address by which clients know it. */
  readonly url?: string;
  /** Folder of a proxy. */
  readonly basePath?: string;
  readonly telemetry?: Partial<TelemetryConfig>;
}

export async function startGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const logLines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logLines.push(line) });
  const gateway = await createGateway(toConfig(options), log);
  const client = clientOf(gateway.origin);
  return {
    ...client,
    origin: gateway.origin,
    logLines,
    reload: (next) => gateway.reload(toConfig(next)),
    close: async () => {
      await client.close();
      await gateway.close();
    },
  };
}

export function clientOf(origin: string): TestClient {
  const clients = new Set<Client>();
  return {
    query: async (document, variables = {}, headers = {}) =>
      postQuery(`${origin}/graphql`, document, variables, headers),
    subscribe: (document, variables = {}, params = {}) => {
      const client = createClient({
        url: `${origin.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: params,
        retryAttempts: 0,
      });
      clients.add(client);
      const results = client.iterate({ query: document.toString(), variables });
      // Started now, so that nothing published from here on is missed.
      const first = results.next();
      first.catch(() => undefined);
      let started = false;
      const next = async () => {
        const result = await (started ? results.next() : first);
        started = true;
        return result.done === true ? undefined : (result.value as ExecutionResult<never>);
      };
      return {
        next,
        rest: async () => {
          const all = [];
          for (let result = await next(); result !== undefined; result = await next()) all.push(result);
          return all;
        },
        close: () => void client.dispose(),
      };
    },
    close: async () => {
      for (const client of clients) await client.dispose();
    },
  };
}

function toConfig(options: TestGatewayOptions): Config {
  return {
    listen: {
      host: "127.0.0.1",
      port: 0,
      hosts: options.hosts ?? [],
      url: options.url ?? null,
      basePath: options.basePath ?? "",
    },
    lava: (options.lava ?? []).map((entry) => ({ ...ANONYMOUS_ENTRY, ...entry, url: new URL(entry.url) })),
    cuirass: (options.cuirass ?? []).map((entry) => ({
      name: "cuirass",
      mutations: false,
      credentials: null,
      insecure: false,
      limits: {},
      ...entry,
      url: new URL(entry.url),
    })),
    clients: {
      limits: {},
      origins: [],
      introspection: true,
      graphiql: true,
      suggestions: false,
      trustedDocuments: null,
      ...options.clients,
    },
    cache: {
      ...DEFAULT_CACHE,
      ...(options.remembers === false ? { maxBytes: 0 } : {}),
      dir: options.cacheDir ?? null,
      ...(options.rightsMs === undefined ? {} : { rightsMs: options.rightsMs }),
    },
    telemetry: { ...DEFAULT_TELEMETRY, ...options.telemetry },
  };
}

export async function postQuery<T>(
  url: string,
  document: { toString(): string },
  variables: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<GraphQLAnswer<T>> {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors = [] } = (await reply.json()) as { data: T; errors?: GraphQLAnswer<T>["errors"] };
  return { status: reply.status, data, errors };
}

/** The headers, or the payload of `connection_init`, that make the viewer somebody. */
export function asUser(token: string): Record<string, string> {
  return { Authorization: `Token ${token}` };
}
