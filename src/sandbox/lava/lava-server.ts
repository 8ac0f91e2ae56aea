// What REST and XML-RPC both work on.
import type { Generation } from "./generation.js";
import type { JobPlayer } from "./player.js";
import type { LavaStore } from "./store.js";

export interface LavaServer {
  readonly generation: Generation;
  readonly store: LavaStore;
  readonly player: JobPlayer;
  readonly requireLogin: boolean;
  readonly events: boolean;
  /** Jobs up to this number are from before the server's upgrade past 2026.07. */
  readonly jobsBeforeUpgrade: number;
  /** The setting as lava-publisher has it: `tcp://*:PORT`. */
  readonly eventSocket: () => string;
}

/** LAVA's settings as both interfaces show them. */
export function masterConfig(server: LavaServer): Record<string, string | number | boolean> {
  return {
    EVENT_TOPIC: "org.lavasoftware",
    EVENT_SOCKET: server.eventSocket(),
    EVENT_NOTIFICATION: server.events,
    LOG_SIZE_LIMIT: 5,
  };
}
