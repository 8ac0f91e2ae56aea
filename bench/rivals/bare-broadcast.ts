// The least a WebSocket server can do: one text to everybody who is connected.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

export interface BareBroadcast {
  readonly url: string;
  readonly send: (text: string) => void;
}

export async function createBareBroadcast(): Promise<BareBroadcast> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const send = (text: string): void => {
    for (const client of server.clients) client.send(text);
  };
  return { url: `ws://127.0.0.1:${port}`, send };
}
