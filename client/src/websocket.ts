// Subscriptions over graphql-transport-ws: one socket for all that run at a time, opened by the first and closed by the last.

import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { credentialHeaders, shown } from "./address.js";
import type { Credentials } from "./address.js";
import { answerError, EtnaError } from "./errors.js";
import { isAnswer } from "./http.js";
import type { Answer, Payload } from "./operation.js";
import { Broken } from "./resume.js";
import type { Open } from "./resume.js";

/** A ping after so much silence; a socket that leaves it unanswered for as long again is dead. */
const PING_MS = 15_000;
/** A gateway that takes the socket and then says nothing for so long is not there. */
const WELCOME_MAX_MS = 30_000;
/** From 4400 on, and those of RFC 6455 below 2000, refuse what was sent: all but these, which only mean that it is over. */
const PASSING: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, 1012, 1013, 1014, 4408, 4499]);

export interface SocketTransport {
  readonly open: Open;
  readonly close: () => void;
}

/** What is used of a WebSocket here. */
interface Socket {
  close(): void;
}

/** @param implementation of the browser, of Node 22 and newer, or of the package `ws`. */
export function createSocketTransport(
  endpoint: URL,
  credentials: Credentials,
  implementation: unknown,
): SocketTransport {
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  let dead: ReturnType<typeof setTimeout> | undefined;
  let shownCredentials: Record<string, string> = {};
  let subscriptions = 0;
  let wasWelcome = false;
  /** One that no gateway has welcomed yet: graphql-ws closes only those that one has. */
  let opening: Socket | undefined;
  const client = createClient({
    url: url.href,
    webSocketImpl: toldOfEach(implementation, (socket) => (opening = socket)),
    connectionParams: () => shownCredentials,
    connectionAckWaitTimeout: WELCOME_MAX_MS,
    // Whoever subscribes goes on where it broke off, which graphql-ws can't: it would ask the same again.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connected: () => {
        wasWelcome = true;
        opening = undefined;
      },
      ping: (received) => {
        if (!received) dead = setTimeout(() => client.terminate(), PING_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(dead);
      },
      closed: () => clearTimeout(dead),
    },
  });
  return {
    open: async function* (payload, signal) {
      // Before a socket is opened: a token that must not travel opens none.
      shownCredentials = await credentialHeaders(endpoint, credentials);
      signal.throwIfAborted();
      subscriptions += 1;
      try {
        yield* readAnswers(client, payload, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw toFault(error, endpoint, wasWelcome);
      } finally {
        subscriptions -= 1;
        if (subscriptions === 0) opening?.close();
      }
    },
    close: () => {
      opening?.close();
      client.dispose()?.then(undefined, () => undefined);
    },
  };
}

/** The same class, which hands over each of its sockets. */
function toldOfEach(implementation: unknown, tell: (socket: Socket) => void): unknown {
  if (typeof implementation !== "function") return implementation;
  return class extends (implementation as new (url: string, protocol: string) => Socket) {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      tell(this);
    }
  };
}

/** Until they are complete, or the signal says that nobody reads on; an end by either throws nothing but its reason. */
async function* readAnswers(
  client: Client,
  payload: Payload,
  signal: AbortSignal,
): AsyncGenerator<Answer<unknown>, void, undefined> {
  const waiting: unknown[] = [];
  let end: { readonly error: unknown } | "complete" | undefined;
  let wake = () => {};
  const finish = (how: typeof end) => {
    end ??= how;
    wake();
  };
  const leave = () => finish({ error: signal.reason });
  signal.addEventListener("abort", leave, { once: true });
  const unsubscribe = client.subscribe(
    { ...payload },
    {
      next: (answer) => {
        waiting.push(answer);
        wake();
      },
      error: (error) => finish({ error }),
      complete: () => finish("complete"),
    },
  );
  try {
    for (;;) {
      while (waiting.length > 0 && !signal.aborted) {
        const answer = waiting.shift();
        if (isAnswer(answer)) yield answer;
      }
      if (end === "complete") return;
      if (end !== undefined) throw end.error;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener("abort", leave);
    unsubscribe();
  }
}

/** graphql-ws rejects with the operation's errors, with a close event, or with the error event of a socket. */
function toFault(error: unknown, endpoint: URL, served: boolean): unknown {
  if (Array.isArray(error)) return answerError(error);
  if (typeof error !== "object" || error === null) return error;
  if ("code" in error && typeof error.code === "number") {
    const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
    const said = reason === "" ? String(error.code) : reason;
    if (PASSING.has(error.code)) return new Broken(`the connection was closed: ${said}`, { served });
    const options = { code: "CLOSED", closeCode: error.code };
    return new EtnaError(`the gateway closed the connection: ${said}`, options);
  }
  // The event of a socket's error holds it, but for browsers, which say nothing more than that there was one.
  const cause = error instanceof Error ? error : "error" in error ? error.error : undefined;
  return new Broken(`no gateway answers at ${shown(endpoint)}`, { served, cause });
}
