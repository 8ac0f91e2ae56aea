// LAVA's part of the configuration: the keys of an entry under `lava`.

import { z } from "zod";
import { key } from "../ci/config-keys.js";
import type { ServerOptions, SystemConfig } from "../ci/system.js";
import { TOKEN_FAULT, isToken, mayCarrySecrets } from "../net/authorization.js";
import { toPublisherAddress } from "../net/publisher-address.js";
import { Secret } from "../net/secret.js";
import { isAddress, parseUrl } from "../net/url.js";
import type { EventsOption } from "./live/feed.js";

export interface LavaServerOptions extends ServerOptions {
  /** The gateway's own token: for event discovery and `doctor`; answers viewers only with `share`. */
  readonly token: Secret | null;
  readonly share: boolean;
  /** `shared`: it takes the token in `Authorization` although there are other servers. */
  readonly tokens?: "shared" | undefined;
  /** Whether tokens may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
  readonly events: EventsOption;
  /** Address of lava-publisher's ZMQ socket; null asks the server. */
  readonly publisher: string | null;
  /** Address of its websocket twin; null takes `/ws/` on the server. */
  readonly websocket: string | null;
  /** Whether what everybody may see is read once for all viewers, and when: when asked, or before. Default: on. */
  readonly replica?: ReplicaOption | undefined;
}

export type ReplicaOption = "off" | "on" | "eager";

const REPLICA = ["off", "on", "eager"] as const satisfies readonly ReplicaOption[];
const EVENTS = ["auto", "zmq", "websocket", "poll"] as const satisfies readonly EventsOption[];

const keys = {
  user: key(z.string(), "etna", "Whose the token is, as a reminder; LAVA is not told."),
  token: key(
    z.string().refine(isToken, TOKEN_FAULT),
    "${LAVA_TOKEN}",
    "The gateway's own token; answers viewers only with `share`.",
  ),
  share: key(z.boolean(), "false", "Whether viewers without a token see what the gateway's token may see."),
  tokens: key(
    z.enum(["own", "shared"]),
    "shared, or own",
    "Whether the token of `Authorization` is for it, too, although there are other servers.",
  ),
  insecure: key(z.boolean(), "false", "Whether tokens may travel over plain http to a host that is not loopback."),
  events: key(z.enum(EVENTS), "auto, zmq, websocket or poll", "How events are heard; auto takes what works."),
  publisher: key(
    z.string().refine((text) => toPublisherAddress(text, "localhost") !== null, "is not a ZeroMQ address"),
    "tcp://lava.example.org:5500",
    "Address of lava-publisher; the server is asked for it when left out.",
  ),
  websocket: key(
    z
      .string()
      .refine(
        (text) => isAddress(text, ["ws:", "wss:"]),
        "is not a WebSocket address without user, query and fragment",
      ),
    "wss://lava.example.org/ws/",
    "Address of its websocket twin; `/ws/` on the server when left out.",
  ),
  replica: key(
    z.enum(REPLICA),
    "on, off or eager",
    "Whether public rows are read once for all viewers; eager: before anybody asks.",
  ),
};

export const lavaConfig: SystemConfig<LavaServerOptions, typeof keys> = {
  example: { name: "lab", url: "https://lava.example.org" },
  keys,
  read: (entry) => ({
    token: entry.token === undefined ? null : new Secret(entry.token),
    share: entry.share ?? false,
    ...(entry.tokens === "shared" ? { tokens: entry.tokens } : {}),
    insecure: entry.insecure ?? false,
    events: entry.events ?? "auto",
    publisher: entry.publisher ?? null,
    websocket: entry.websocket ?? null,
    ...(entry.replica === undefined ? {} : { replica: entry.replica }),
  }),
  check: (entry, path, faults) => {
    const { share, token, insecure } = entry;
    if (share === true && token === undefined) {
      faults.push(`${path}.share: there is no token to share; e.g. token: \${LAVA_TOKEN}`);
    }
    if (token === undefined) return;
    for (const [name, scheme] of [["url", "http"] as const, ["websocket", "ws"] as const]) {
      const address = entry[name];
      const url = typeof address === "string" ? parseUrl(address) : null;
      if (url?.protocol !== `${scheme}:` || mayCarrySecrets({ url, insecure: insecure === true })) continue;
      faults.push(
        `${path}.${name}: a token would travel over plain ${scheme}; write ${scheme}s://${url.host}, or insecure: true`,
      );
    }
  },
};
