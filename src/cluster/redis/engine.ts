// The connection to Redis: two of them, since a read that waits for entries holds one. Either answers within a second, or the
// engine is away.

import { Redis } from "ioredis";
import type { Secret } from "../../net/secret.js";
import { SCRIPTS } from "./scripts.js";
import type { Script } from "./scripts.js";

/** How long an answer may take. */
const ANSWER_MS = 1_000;
/** How long a read waits for entries; one that has just begun to be read is not waited for longer. */
const BLOCK_MS = 200;
/** Entries of one server that are read at once. */
const ENTRIES_MAX = 500;
const RECONNECT_MAX_MS = 1_000;

export interface EngineAddress {
  /** `redis:` or `rediss:`, without user and password. */
  readonly url: URL;
  readonly username: string | null;
  readonly password: Secret | null;
}

/** No answer, no connection, or a refusal: what was asked may have been done all the same. */
export class EngineAway extends Error {
  override readonly name = "EngineAway";
}

/** An entry of a stream as it is on the wire: id, then names and values in turn. */
export type WireEntry = readonly [id: string, fields: readonly string[]];

export class RedisEngine {
  readonly #commands: Redis;
  readonly #reads: Redis;
  #fault: string | null = null;

  constructor(address: EngineAddress) {
    const open = () => {
      const client = new Redis(toOptions(address));
      // Told with the next command that fails.
      client.on("error", (error: Error) => (this.#fault = error.message));
      client.on("ready", () => (this.#fault = null));
      return client;
    };
    [this.#commands, this.#reads] = [open(), open()];
  }

  /** Whether both connections are ready for use. */
  get isConnected(): boolean {
    return this.#commands.status === "ready" && this.#reads.status === "ready";
  }

  /** Why there is no connection, in one line. */
  get reason(): string {
    return this.#fault ?? "no connection";
  }

  /** Starts to connect, and goes on trying. */
  connect(): void {
    for (const client of [this.#commands, this.#reads]) client.connect().catch(() => undefined);
  }

  /** To be awaited each time it is back. Throws `EngineAway`. */
  async prepare(): Promise<void> {
    await this.#within(Promise.all(SCRIPTS.map(({ text }) => this.#commands.script("LOAD", text))), ANSWER_MS);
  }

  /** Throws `EngineAway`. */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const given = [...keys, ...args];
    const run = () => this.#commands.evalsha(script.sha, keys.length, ...given);
    return this.#within(
      run().catch((error: unknown) => {
        if (!String(error).includes("NOSCRIPT")) throw error;
        return this.#commands.eval(script.text, keys.length, ...given);
      }),
      ANSWER_MS,
    );
  }

  /** Entries of one stream from an id on. Throws `EngineAway`. */
  async entries(stream: string, from: string, count: number): Promise<readonly WireEntry[]> {
    return this.#within(this.#commands.xrange(stream, from, "+", "COUNT", count), ANSWER_MS);
  }

  /** Waits a little for what comes behind an id, in each of some streams. Throws `EngineAway`. */
  async next(
    streams: readonly (readonly [stream: string, after: string])[],
  ): Promise<readonly (readonly [stream: string, entries: readonly WireEntry[]])[]> {
    const [names, ids] = [streams.map(([stream]) => stream), streams.map(([, after]) => after)];
    const found = this.#reads.xread("COUNT", ENTRIES_MAX, "BLOCK", BLOCK_MS, "STREAMS", ...names, ...ids);
    return (await this.#within(found, BLOCK_MS + ANSWER_MS)) ?? [];
  }

  close(): void {
    this.#commands.disconnect();
    this.#reads.disconnect();
  }

  async #within<T>(answer: Promise<T>, ms: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new EngineAway(`no answer within ${ms} ms`));
      // What has come is read first: it may be this process that is late.
      timer = setTimeout(() => setImmediate(() => setImmediate(fail)), ms);
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (error instanceof EngineAway) throw error;
      throw new EngineAway(error instanceof Error ? error.message : "unknown reason", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function toOptions({ url, username, password }: EngineAddress) {
  const database = Number(url.pathname.slice(1));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
    db: Number.isInteger(database) ? database : 0,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password: password.reveal() }),
    ...(url.protocol === "rediss:" ? { tls: { servername: url.hostname } } : {}),
    lazyConnect: true,
    // What can't be sent now fails now, and what was sent on a lost connection is not sent again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: ANSWER_MS,
    retryStrategy: (tries: number) => Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(tries, 10)),
  };
}
