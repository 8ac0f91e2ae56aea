// Answers that are small on the wire and huge, or somewhere else, once they are believed.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { XmlRpcSyntaxError, decodeResponse } from "../../../src/codec/xml-rpc-codec.js";
import { HttpClient } from "../../../src/net/http.js";

const answer = (head: string, text: string) =>
  `<?xml version="1.0"?>${head}<methodResponse><params><param><value><string>${text}</string></value></param></params></methodResponse>`;

test.each([
  [
    "entities that stand for billions",
    `<!DOCTYPE lolz [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, at) => {
      const [name, of] = [String.fromCharCode(98 + at), String.fromCharCode(97 + at)];
      return `<!ENTITY ${name} "${`&${of};`.repeat(10)}">`;
    }).join("")}]>`,
    "&j;",
  ],
  ["an entity that stands for a file", `<!DOCTYPE a [<!ENTITY evil SYSTEM "file:///etc/passwd">]>`, "&evil;"],
  ["an entity that stands for another server", `<!DOCTYPE a [<!ENTITY evil SYSTEM "http://evil.example/">]>`, "&evil;"],
])("%s are no entities: the answer is refused", (_, head, text) => {
  expect(() => decodeResponse(answer(head, text))).toThrow(XmlRpcSyntaxError);
});

test("what is compressed without having been asked for is not unpacked, whatever it would become", async () => {
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" }).end(bomb);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new HttpClient({
    server: "lab",
    baseUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  });
  try {
    const reply = await client.request({ operation: "GET thing", path: "/" });
    expect(asked).toEqual([undefined]);
    expect(reply.body.length).toBe(bomb.length);
  } finally {
    await client.close();
    server.close();
  }
});
