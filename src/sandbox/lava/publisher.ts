// lava-publisher: five frames on a ZMQ PUB socket and their twin on a websocket (lava.md section 7). Everything goes to everybody.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { Publisher } from "zeromq";
import type { PublisherHandle } from "./options.js";
import { isoNaive, now, pyJson } from "./text.js";

export const TOPIC = "org.lavasoftware";
/** Free again at once in practice; a busy machine may need a few tries. */
const BIND_TRIES = 50;
const BIND_RETRY_MS = 20;

export class EventPublisher implements PublisherHandle {
  readonly #websockets = new WebSocketServer({ noServer: true });
  #socket: Publisher | undefined;
  #address: string;
  /** Sends happen one after the other: a ZMQ socket refuses a second send while one is under way. */
  #queue: Promise<unknown> = Promise.resolve();
  #starting: Promise<void> | undefined;

  constructor(port: number) {
    this.#address = `tcp://127.0.0.1:${port === 0 ? "*" : port}`;
  }

  /** `tcp://127.0.0.1:PORT`; known after the first start. */
  get address(): string {
    return this.#address;
  }

  async start(): Promise<void> {
    if (this.#socket !== undefined) return;
    this.#starting ??= this.#bind().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  async #bind(): Promise<void> {
    const socket = new Publisher({ heartbeatInterval: 5_000, heartbeatTimeout: 15_000, linger: 0 });
    for (let tries = 1; ; tries++) {
      try {
        await socket.bind(this.#address);
        break;
      } catch (error) {
        if (tries === BIND_TRIES) {
          socket.close();
          throw error;
        }
        await sleep(BIND_RETRY_MS);
      }
    }
    this.#address = socket.lastEndpoint ?? this.#address;
    // Not before: what is sent while it binds is refused.
    this.#socket = socket;
  }

  async stop(): Promise<void> {
    await this.#starting;
    const socket = this.#socket;
    this.#socket = undefined;
    await this.#queue;
    socket?.close();
    for (const client of this.#websockets.clients) client.terminate();
  }

  /** Like stop, and for good. */
  async close(): Promise<void> {
    await this.stop();
    this.#websockets.close();
  }

  sendRaw(frames: (string | Buffer)[]): Promise<void> {
    return this.#send(() => frames);
  }

  /** Publishes one event; resolves when it has left, or is lost because the publisher is stopped. */
  publish(
    kind: "testjob" | "device" | "worker" | "event",
    user: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const frames = [`${TOPIC}.${kind}`, timeUuid(), isoNaive(now()), user, pyJson(data, true)];
    if (this.#socket !== undefined) {
      const text = JSON.stringify(frames);
      for (const client of this.#websockets.clients) client.send(text);
    }
    return this.#send(() => frames);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#socket === undefined || request.url?.split("?")[0] !== "/ws/") {
      const status = this.#socket === undefined ? "503 Service Unavailable" : "404 Not Found";
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#websockets.handleUpgrade(request, socket, head, (client) => {
      client.on("error", () => client.terminate());
    });
  }

  #send(frames: () => (string | Buffer)[]): Promise<void> {
    const sent = this.#queue.then(async () => {
      const socket = this.#socket;
      if (socket === undefined) return;
      try {
        await socket.send(frames());
      } catch (error) {
        // Closed while waiting its turn: the event is lost, as it would be on a real bus.
        if (!socket.closed) throw error;
      }
    });
    this.#queue = sent.catch(() => undefined);
    return sent;
  }
}

const NODE = createHash("sha1").update("sandbox").digest("hex").slice(0, 12);

/** A UUID of version 1, as LAVA's are; now() never repeats, so neither do they. */
function timeUuid(): string {
  const ticks = BigInt(now()) * 10n + 0x01b21dd213814000n;
  const hex = ticks.toString(16).padStart(16, "0");
  return `${hex.slice(8)}-${hex.slice(4, 8)}-1${hex.slice(1, 4)}-8001-${NODE}`;
}
