// A LAVA of another version than the sandbox: answers by hand, and a record of what it was asked.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StubCall {
  /** `GET jobs/`: method, and path below `/api/v0.2/` without its query. */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Anything but text is sent as JSON. */
export interface StubReply {
  readonly status?: number;
  readonly body: unknown;
}

export interface StubLava {
  readonly url: string;
  readonly calls: readonly StubCall[];
  close(): Promise<void>;
}

/** Routes it does not know are the HTML page that LAVA answers to them. */
export async function startStubLava(
  routes: Readonly<Record<string, (call: StubCall) => StubReply>>,
): Promise<StubLava> {
  const calls: StubCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://stub");
      const route = `${request.method ?? ""} ${pathname.replace("/api/v0.2/", "").replace(/^\//, "")}`;
      const call = { route, query: searchParams, body: Buffer.concat(chunks).toString("utf8") };
      calls.push(call);
      const reply = routes[route]?.(call);
      if (reply === undefined) {
        response.writeHead(404, { "content-type": "text/html" }).end("<!DOCTYPE html><h2>Not found</h2>");
        return;
      }
      const isText = typeof reply.body === "string";
      response.writeHead(reply.status ?? 200, { "content-type": isText ? "text/xml" : "application/json" });
      response.end(isText ? reply.body : JSON.stringify(reply.body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
