// One WebSocket for all subscriptions of the page. It says whether the page is live, takes subscriptions up again where
// they broke off, and falls back to asking every 10 seconds where no WebSocket gets through.

import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { toFault } from "./errors.js";
import { resumed, retryAfter } from "./resume.js";
import type { Update, Variables } from "./resume.js";

export type LiveState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly since: Date }
  | { readonly kind: "polling" };

export interface Sink {
  next(update: Update): void;
  error(problem: unknown): void;
  complete(): void;
}

/** Quiet for so long, the server is pinged; and so long it has to answer. */
const QUIET_MS = 30_000;
const PONG_MS = 5_000;
/** Updates are gathered, so that they are painted together. */
const GATHER_MS = 250;
const RECONNECT_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const POLL_MS = 10_000;
/** A hidden tab keeps its subscriptions for so long. */
const HIDDEN_MS = 5 * 60_000;
/** So many attempts without a first word mean that no WebSocket gets through. */
const BLOCKED_ATTEMPTS = 2;

export class Live {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  readonly #resync = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  readonly #gathered: (() => void)[] = [];
  #state: LiveState = { kind: "idle" };
  #everLive = false;
  #attempts = 0;
  #followers = 0;
  #asleep = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #pollTimer: ReturnType<typeof setInterval> | undefined;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  #pongTimer: ReturnType<typeof setTimeout> | undefined;
  #gatherTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param params goes with each new socket. */
  constructor(url: URL, params: () => Record<string, string>) {
    this.#client = createClient({
      url: url.href,
      connectionParams: params,
      retryAttempts: 0,
      keepAlive: QUIET_MS,
      lazyCloseTimeout: 2_000,
      on: {
        connected: () => this.#connected(),
        closed: () => this.#closed(),
        ping: (received) => {
          if (!received) this.#pongTimer = setTimeout(() => this.#client.terminate(), PONG_MS);
        },
        pong: () => clearTimeout(this.#pongTimer),
        message: () => clearTimeout(this.#pongTimer),
      },
    });
    document.addEventListener("visibilitychange", this.#visibility);
  }

  readonly state = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Told when what is shown may have missed something: ask again. */
  onResync(listener: () => void): () => void {
    this.#resync.add(listener);
    return () => this.#resync.delete(listener);
  }

  /** Follows until it is stopped, or until the gateway says that there is nothing more to come. */
  follow(query: string, variables: Variables, sink: Sink): () => void {
    const subscription = new Subscription(query, variables, sink, {
      open: (request, handlers) => this.#client.subscribe(request, handlers),
      gather: (paint) => this.#gather(paint),
      whenBack: (run) => this.#whenBack(run),
    });
    this.#followers += 1;
    if (this.#state.kind === "idle") this.#become({ kind: "connecting" });
    if (this.#state.kind === "lost" || this.#asleep) this.#whenBack(subscription.run);
    else subscription.run();
    return () => {
      this.#followers -= 1;
      this.#waiting.delete(subscription.run);
      subscription.stop();
    };
  }

  /** For good. */
  close(): void {
    this.#asleep = true;
    this.#followers = 0;
    document.removeEventListener("visibilitychange", this.#visibility);
    for (const timer of [this.#retryTimer, this.#hiddenTimer, this.#pongTimer, this.#gatherTimer]) clearTimeout(timer);
    clearInterval(this.#pollTimer);
    void this.#client.dispose();
  }

  #connected(): void {
    const missed = this.#state.kind === "lost" || this.#state.kind === "polling";
    this.#everLive = true;
    this.#attempts = 0;
    clearInterval(this.#pollTimer);
    this.#pollTimer = undefined;
    this.#become({ kind: "live" });
    if (missed) this.#askAgain();
  }

  #closed(): void {
    clearTimeout(this.#pongTimer);
    if (this.#asleep || this.#followers === 0) {
      this.#become({ kind: "idle" });
      return;
    }
    this.#attempts += 1;
    if (!this.#everLive && this.#attempts >= BLOCKED_ATTEMPTS) this.#poll();
    else if (this.#state.kind === "live" || this.#state.kind === "connecting") {
      this.#become({ kind: "lost", since: new Date() });
    }
    this.#scheduleRetry();
  }

  #poll(): void {
    if (this.#pollTimer !== undefined) return;
    this.#become({ kind: "polling" });
    this.#pollTimer = setInterval(() => {
      if (!document.hidden) this.#askAgain();
    }, POLL_MS);
  }

  #whenBack(run: () => void): void {
    this.#waiting.add(run);
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    if (this.#retryTimer !== undefined || this.#asleep) return;
    const wait = RECONNECT_MS[Math.min(this.#attempts, RECONNECT_MS.length) - 1] ?? 250;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      const runs = [...this.#waiting];
      this.#waiting.clear();
      for (const run of runs) run();
    }, wait);
  }

  readonly #visibility = (): void => {
    clearTimeout(this.#hiddenTimer);
    if (document.hidden) {
      this.#hiddenTimer = setTimeout(() => {
        this.#asleep = true;
        this.#client.terminate();
      }, HIDDEN_MS);
    } else if (this.#asleep) {
      this.#asleep = false;
      this.#become({ kind: "connecting" });
      this.#askAgain();
      this.#scheduleRetry();
    }
  };

  #askAgain(): void {
    for (const listener of [...this.#resync]) listener();
  }

  #gather(paint: () => void): void {
    this.#gathered.push(paint);
    this.#gatherTimer ??= setTimeout(() => {
      this.#gatherTimer = undefined;
      for (const one of this.#gathered.splice(0)) one();
    }, GATHER_MS);
  }

  #become(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

interface Socket {
  open(
    request: { query: string; variables: Variables },
    handlers: { next(update: Update): void; error(problem: unknown): void; complete(): void },
  ): () => void;
  gather(paint: () => void): void;
  whenBack(run: () => void): void;
}

/** One that is opened again, from where it was, until it has ended for good. */
class Subscription {
  #variables: Variables;
  #close: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    readonly query: string,
    variables: Variables,
    readonly sink: Sink,
    readonly socket: Socket,
  ) {
    this.#variables = variables;
  }

  readonly run = (): void => {
    if (this.#stopped) return;
    let wait: number | null = null;
    this.#close = this.socket.open(
      { query: this.query, variables: this.#variables },
      {
        next: (update) => {
          wait = retryAfter(update.errors);
          this.#variables = resumed(this.#variables, update.data);
          this.socket.gather(() => {
            if (!this.#stopped) this.sink.next(update);
          });
        },
        error: (problem) => this.#failed(problem),
        complete: () => {
          if (wait === null) this.socket.gather(() => this.sink.complete());
          else this.#again(wait);
        },
      },
    );
  };

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#close();
  }

  /** The gateway's errors come as a list; anything else is the socket's end. */
  #failed(problem: unknown): void {
    if (this.#stopped) return;
    if (!Array.isArray(problem)) {
      this.socket.whenBack(this.run);
      return;
    }
    const wait = retryAfter(problem);
    if (wait === null) this.sink.error(toFault(problem[0] as object));
    else this.#again(wait);
  }

  #again(seconds: number): void {
    this.#timer = setTimeout(this.run, seconds * 1_000);
  }
}
