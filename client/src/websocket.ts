// Subscriptions over graphql-transport-ws: one socket for all that run at a time, opened by the first and closed by the last.

import { createClient } from "graphql-ws";
import { credentialHeaders } from "./address.js";
import type { Credentials } from "./address.js";
import { answerError, EtnaError } from "./errors.js";
import { isResult } from "./http.js";
import type { Payload, Result } from "./operation.js";
import { Broken } from "./resume.js";

/** A ping after so much silence; a socket that leaves it unanswered for as long again is dead. */
const PING_MS = 15_000;
/** Going away and "try again later" are no refusal, though the protocol's own codes are. */
const REFUSALS: ReadonlySet<number> = new Set([4400, 4401, 4403, 4406, 4409, 4429, 1009]);

export interface SocketTransport {
  readonly open: (payload: Payload, signal: AbortSignal) => AsyncGenerator<Result<unknown>, void, undefined>;
  readonly close: () => void;
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
  let refusal: Error | undefined;
  const client = createClient({
    url: url.href,
    webSocketImpl: implementation,
    connectionParams: async () => {
      refusal = undefined;
      try {
        return await credentialHeaders(endpoint, credentials);
      } catch (error) {
        // graphql-ws closes the socket on what is thrown here, and says no more than that.
        refusal = error instanceof Error ? error : new EtnaError("the token can't be had", { code: "INSECURE" });
        throw error;
      }
    },
    // Whoever subscribes goes on where it broke off, which graphql-ws can't: it would ask the same again.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
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
      const results = client.iterate({ ...payload });
      const leave = () => void results.return?.();
      signal.addEventListener("abort", leave, { once: true });
      try {
        for (let next = await results.next(); next.done !== true; next = await results.next()) {
          if (isResult(next.value)) yield next.value;
        }
      } catch (error) {
        if (refusal !== undefined) throw refusal;
        throw toFault(error);
      } finally {
        signal.removeEventListener("abort", leave);
        await results.return?.();
      }
      if (signal.aborted) throw signal.reason;
    },
    close: () => void client.dispose(),
  };
}

/** graphql-ws rejects with the operation's errors, with a close event, or with the error of a connection. */
function toFault(error: unknown): EtnaError | Broken {
  if (Array.isArray(error)) return answerError(error);
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "number") {
    return new Broken("no gateway answers over a WebSocket", false);
  }
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
  const said = `${error.code} ${reason}`.trim();
  if (REFUSALS.has(error.code)) return new EtnaError(`the gateway closed the connection: ${said}`, { code: "CLOSED" });
  return new Broken(`the connection was closed: ${said}`, false);
}
