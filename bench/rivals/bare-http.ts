// The least an HTTP server can do: the same bytes for every POST.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface BareHttp {
  readonly url: string;
  /** What is answered from now on. */
  readonly hold: (body: string) => void;
  /** The same for what is compressed by Brotli already, in base64. */
  readonly holdCompressed: (body: string) => void;
}

export async function createBareHttp(): Promise<BareHttp> {
  let bytes = Buffer.alloc(0);
  let encoding = {};
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200, {
        "content-type": "application/json; charset=utf-8",
        "content-length": bytes.length,
        ...encoding,
      });
      response.end(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hold = (body: string): void => {
    bytes = Buffer.from(body);
  };
  const holdCompressed = (body: string): void => {
    bytes = Buffer.from(body, "base64");
    encoding = { "content-encoding": "br" };
  };
  return { url: `http://127.0.0.1:${port}/graphql`, hold, holdCompressed };
}
