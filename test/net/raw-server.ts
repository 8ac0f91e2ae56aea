// A server of bare sockets on a free port, for answers that no proper HTTP server gives: late, cut, reset, dripped.

import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface RawRequest {
  /** `GET /path?query`, as sent. */
  readonly line: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many requests came before this one. */
  readonly index: number;
  readonly socket: Socket;
  /** Writes a whole answer and keeps the connection. */
  readonly answer: (status: number, body?: string, headers?: Readonly<Record<string, string>>) => void;
}

export interface RawServer {
  readonly url: URL;
  /** All requests so far. */
  readonly requests: readonly RawRequest[];
  close(): Promise<void>;
}

/** Hands each request to `handle`, which may answer now, later or never. */
export async function startRawServer(handle: (request: RawRequest) => void): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      for (;;) {
        const end = received.indexOf("\r\n\r\n");
        if (end === -1) return;
        const [first = "", ...lines] = received.slice(0, end).split("\r\n");
        const headers = Object.fromEntries(
          lines.map((line) => [
            line.slice(0, line.indexOf(":")).toLowerCase(),
            line.slice(line.indexOf(":") + 1).trim(),
          ]),
        );
        const length = Number(headers["content-length"] ?? 0);
        if (received.length < end + 4 + length) return;
        const body = received.slice(end + 4, end + 4 + length);
        received = received.slice(end + 4 + length);
        const request: RawRequest = {
          line: first.replace(/ HTTP\/1\.1$/, ""),
          headers,
          body,
          index: requests.length,
          socket,
          answer: (status, text = "", more = {}) => {
            const head = { "content-length": String(Buffer.byteLength(text)), ...more };
            socket.write(`${headOf(status, head)}${text}`);
          },
        };
        requests.push(request);
        handle(request);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  let closed: Promise<void> | undefined;
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    close: () =>
      (closed ??= new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      })),
  };
}

/** Status line and headers with the empty line that ends them. */
export function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Some Reason\r\n${lines.join("")}\r\n`;
}
