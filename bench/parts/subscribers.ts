// Many WebSocket clients in one process, of Etna (graphql-transport-ws) or of the bare broadcast.

import { WebSocket } from "ws";

/** Longest wait for what every client should get. */
const PATIENCE_MS = 30_000;

export interface Subscribers {
  /** Connects so many clients; with the protocol of GraphQL, or plainly. */
  readonly open: (url: string, count: number, protocol: "graphql" | "plain") => Promise<void>;
  /** Each client begins this subscription. */
  readonly subscribe: (query: string, variables: Readonly<Record<string, unknown>>) => void;
  /** Forgets what has come. */
  readonly reset: () => void;
  /** Waits until each client has got one more message that holds this text; the last one, and when it came (monotonic ms). */
  readonly allHave: (text: string) => Promise<{ readonly message: string; readonly atMs: number }>;
  readonly close: () => void;
}

export function createSubscribers(): Subscribers {
  let clients: WebSocket[] = [];
  let operation = 0;
  let seen = new Map<string, { count: number; message: string; atMs: number }>();
  let tell: () => void = () => undefined;

  const take = (message: string): void => {
    const entry = seen.get(message) ?? { count: 0, message, atMs: 0 };
    entry.count += 1;
    entry.atMs = Number(process.hrtime.bigint()) / 1e6;
    seen.set(message, entry);
    if (entry.count >= clients.length) tell();
  };

  return {
    open: async (url, count, protocol) => {
      clients = await Promise.all(Array.from({ length: count }, () => connect(url, protocol, take)));
    },
    subscribe: (query, variables) => {
      operation += 1;
      const message = JSON.stringify({ id: String(operation), type: "subscribe", payload: { query, variables } });
      for (const client of clients) client.send(message);
    },
    reset: () => {
      seen = new Map();
    },
    allHave: async (text) => {
      const until = performance.now() + PATIENCE_MS;
      for (;;) {
        const entry = [...seen.values()].find(
          ({ message, count }) => count >= clients.length && message.includes(text),
        );
        if (entry !== undefined) return entry;
        if (performance.now() > until) throw new Error(`not every client was told of ${text}: ${describe(seen)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, PATIENCE_MS);
          tell = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    close: () => {
      for (const client of clients) client.terminate();
      clients = [];
    },
  };
}

async function connect(url: string, protocol: "graphql" | "plain", take: (message: string) => void) {
  const client = new WebSocket(url, protocol === "graphql" ? "graphql-transport-ws" : [], { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    client.once("error", reject);
    client.once("open", () => {
      if (protocol === "plain") resolve();
      else client.send('{"type":"connection_init"}');
    });
    client.on("message", (data: Buffer) => {
      const message = data.toString();
      if (message.includes('"connection_ack"')) resolve();
      else if (message.includes('"type":"ping"')) client.send('{"type":"pong"}');
      else take(message);
    });
  });
  return client;
}

function describe(seen: ReadonlyMap<string, { readonly count: number }>): string {
  return [...seen].map(([message, { count }]) => `${count} x ${message.slice(0, 200)}`).join("; ");
}
