// lava-publisher over ZeroMQ: a SUB socket that reconnects by itself, says when it may have missed something, and
// survives any junk. The flow: socket -> decodeEvent -> news -> TestJobWatch.

import { Subscriber } from "zeromq";
import { EventSyntaxError, decodeEvent } from "./event.js";
import type { LavaEvent } from "./event.js";

/** LAVA's own heartbeats; without them a half-dead link is never noticed. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_TIMEOUT_MS = 15_000;
const HANDSHAKE_MS = 5_000;
const RECONNECT_MS = 250;
const RECONNECT_MAX_MS = 5_000;
const FRAME_MAX_BYTES = 1024 * 1024;
/** Messages that ZeroMQ holds while this process is busy; beyond it drops silently. */
const QUEUE_MAX = 10_000;

export interface PublisherListener {
  readonly event: (event: LavaEvent) => void;
  /** A message that made no sense was dropped; one line why. */
  readonly dropped: (reason: string) => void;
  /** The link is up. Whatever was published before is lost. */
  readonly connected: () => void;
  readonly disconnected: () => void;
}

/** Listens to one publisher until closed. Never throws after construction. */
export class LavaPublisher {
  readonly #socket: Subscriber;
  readonly #reading: Promise<void>;

  /** @param address e.g. `tcp://lava.example.org:5500`; throws when ZeroMQ can't read it. */
  constructor(address: string, listener: PublisherListener) {
    this.#socket = new Subscriber({
      heartbeatInterval: HEARTBEAT_MS,
      heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
      handshakeInterval: HANDSHAKE_MS,
      reconnectInterval: RECONNECT_MS,
      reconnectMaxInterval: RECONNECT_MAX_MS,
      maxMessageSize: FRAME_MAX_BYTES,
      receiveHighWaterMark: QUEUE_MAX,
      ipv6: true,
      linger: 0,
    });
    this.#socket.events.on("handshake", listener.connected);
    this.#socket.events.on("disconnect", listener.disconnected);
    this.#socket.connect(address);
    this.#socket.subscribe();
    this.#reading = this.#read(listener);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#reading;
  }

  async #read(listener: PublisherListener): Promise<void> {
    try {
      for await (const frames of this.#socket) {
        let event: LavaEvent;
        try {
          event = decodeEvent(frames);
        } catch (error) {
          listener.dropped(error instanceof EventSyntaxError ? error.message : "unreadable");
          continue;
        }
        listener.event(event);
      }
    } catch (error) {
      if (!this.#socket.closed) throw error;
    }
  }
}

/** The publisher's setting, `tcp://*:5500`, as an address to connect to: the server's host in place of the `*`. */
export function toPublisherAddress(setting: string, host: string): string {
  return setting.replace(/^(tcp:\/\/)(\*|0\.0\.0\.0|\[::\])(?=:\d+$)/, `$1${host}`);
}
