// `etna wait`: follows a test job over a gateway's WebSocket to its end, through restarts of the gateway.

import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { WaitForTestJobDocument } from "./generated/graphql.js";
import type { WaitForTestJobSubscription } from "./generated/graphql.js";

export interface WaitOptions {
  readonly jobId: string;
  /** Null where the gateway has one LAVA server. */
  readonly server: string | null;
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  /** The gateway's address, with or without `/graphql`. */
  readonly url: URL;
  /** LAVA token; null follows as anonymous. */
  readonly token: string | null;
}

/** Attempts to reach a gateway that was never reached, and one that was: it may be restarting. */
const FIRST_ATTEMPTS = 3;
const LATER_ATTEMPTS = 120;
const RETRY_MAX_MS = 5_000;

const EXIT = { complete: 0, failed: 1, usage: 2, timedOut: 3 } as const;

type Update = WaitForTestJobSubscription["testJobUpdates"];

export async function wait(options: WaitOptions): Promise<number> {
  let connected = false;
  const client = createClient({
    url: toWebSocketUrl(options.url),
    webSocketImpl: WebSocket,
    connectionParams: options.token === null ? {} : { Authorization: `Token ${options.token}` },
    retryAttempts: LATER_ATTEMPTS,
    shouldRetry: () => true,
    retryWait: async (retries) => {
      if (!connected && retries >= FIRST_ATTEMPTS) throw new Error(`no gateway answers at ${options.url.origin}`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MAX_MS, 250 * 2 ** retries)));
    },
    on: { connected: () => (connected = true) },
  });
  const timeout = new AbortController();
  const giveUp = () => {
    timeout.abort();
    void client.dispose();
  };
  const timer = options.timeoutMs === null ? undefined : setTimeout(giveUp, options.timeoutMs);

  let last: Update | undefined;
  try {
    const updates = client.iterate<WaitForTestJobSubscription>({
      query: WaitForTestJobDocument.toString(),
      variables: { jobId: options.jobId, server: options.server },
    });
    for await (const { data, errors } of updates) {
      const [error] = errors ?? [];
      if (error !== undefined)
        return fail(error.message, error.extensions?.code === "BAD_USER_INPUT" ? EXIT.usage : EXIT.failed);
      const update = data?.testJobUpdates;
      if (update === undefined) continue;
      // After a reconnection the first update repeats what is known.
      if (update.state !== last?.state || update.health !== last.health) print(update);
      last = update;
    }
  } catch (error) {
    if (!timeout.signal.aborted) return fail(...describe(error));
  } finally {
    clearTimeout(timer);
    void client.dispose();
  }
  if (last?.state === "FINISHED") return last.health === "COMPLETE" ? EXIT.complete : EXIT.failed;
  if (timeout.signal.aborted)
    return fail(`test job ${options.jobId} has not ended within ${(options.timeoutMs ?? 0) / 1000} s`, EXIT.timedOut);
  return fail("the gateway ended the subscription before the test job had ended", EXIT.failed);
}

function print({ state, health, testJob }: Update): void {
  const outcome = state === "FINISHED" ? ` ${health}` : "";
  const time = new Date().toISOString().slice(11, 19);
  process.stdout.write(`${time} ${testJob.jobId} ${state}${outcome}  ${testJob.name}\n`);
}

function fail(message: string, status: number): number {
  process.stderr.write(`etna: ${message}\n`);
  return status;
}

/** graphql-ws rejects with the operation's errors, with a close event, or with what a retry threw. */
function describe(error: unknown): [string, number] {
  if (Array.isArray(error)) {
    const [first] = error as { readonly message: string; readonly extensions?: { readonly code?: string } }[];
    return [
      first?.message ?? "the gateway refused",
      first?.extensions?.code === "BAD_USER_INPUT" ? EXIT.usage : EXIT.failed,
    ];
  }
  if (typeof error === "object" && error !== null && "code" in error && "reason" in error) {
    return [`the gateway closed the connection: ${String(error.reason) || String(error.code)}`, EXIT.failed];
  }
  return [error instanceof Error ? error.message : String(error), EXIT.failed];
}

function toWebSocketUrl(url: URL): string {
  const target = new URL(url);
  target.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (!target.pathname.endsWith("/graphql")) target.pathname = `${target.pathname.replace(/\/$/, "")}/graphql`;
  return target.href;
}
