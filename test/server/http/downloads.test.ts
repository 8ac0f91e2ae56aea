// Files over HTTP: back-pressure, readers that leave, and what each error looks like.

import { createServer, get } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Download } from "../../../src/ci/download.js";
import { InputRefused, Overflow, UpstreamError } from "../../../src/errors.js";
import type { UpstreamErrorKind } from "../../../src/errors.js";
import { createDownloads } from "../../../src/server/http/downloads.js";
import type { DownloadsOptions } from "../../../src/server/http/downloads.js";

const CHUNK = Buffer.alloc(64 * 1024, "x");

let open: DownloadsOptions["open"];
let faults: unknown[];
let server: Server;
let origin: string;
beforeEach(async () => {
  faults = [];
  const handle = createDownloads({
    prefix: "/export/x/",
    open: (...args) => open(...args),
    onFault: (error) => faults.push(error),
  });
  server = createServer((request, response) => {
    void handle(request, response).then((handled) => {
      if (!handled) response.writeHead(404).end("not mine");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A file without end that tells how much of it was taken, and when it was let go. */
function endless() {
  const state = { chunks: 0, ended: false, closed: 0 };
  const body = async function* () {
    try {
      for (;;) {
        state.chunks += 1;
        yield CHUNK;
        await Promise.resolve();
      }
    } finally {
      state.ended = true;
    }
  };
  const download: Download = {
    contentType: "text/csv; charset=utf-8",
    filename: 'a "b"/é.csv',
    body: body(),
    close: () => void (state.closed += 1),
  };
  return { state, download };
}

const connect = async (): Promise<IncomingMessage> =>
  ((await once(get(`${origin}/export/x/file`, { agent: false }), "response")) as [IncomingMessage])[0];

test("a reader that does not read stops the file", async () => {
  const { state, download } = endless();
  open = () => Promise.resolve(download);
  const reply = await connect();
  // Nothing tells that nothing happens: until the buffers of both sockets are full and stay so.
  await vi.waitFor(
    async () => {
      const before = state.chunks;
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(state.chunks).toBe(before);
    },
    { timeout: 15_000, interval: 10 },
  );
  expect(state.chunks).toBeLessThan(1_000);
  expect(state.closed).toBe(0);
  reply.destroy();
  await vi.waitFor(() => expect(state).toMatchObject({ ended: true, closed: 1 }));
});

test("a reader that leaves before the file begins is told to who makes it", async () => {
  let signal: AbortSignal | undefined;
  open = (_, __, given) => {
    signal = given;
    return new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason as Error)));
  };
  const request = get(`${origin}/export/x/file`, { agent: false }).on("error", () => undefined);
  await vi.waitFor(() => expect(signal).toBeDefined());
  request.destroy();
  await vi.waitFor(() => expect(signal?.aborted).toBe(true));
  expect(faults).toEqual([]);
});

test("the name is safe in a header, and nothing guesses the type", async () => {
  const { download } = endless();
  open = () => Promise.resolve(download);
  const reply = await connect();
  reply.destroy();
  expect(reply.headers).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="a__b___.csv"',
    "x-content-type-options": "nosniff",
    vary: "authorization, x-etna-token",
  });
});

test("a file that breaks off is seen to be broken off", async () => {
  open = () => {
    const body = async function* () {
      yield Buffer.from("first");
      await Promise.resolve();
      throw new Error("lost");
    };
    return Promise.resolve({ contentType: "text/plain", filename: "f", body: body(), close: () => undefined });
  };
  await expect(fetch(`${origin}/export/x/file`).then((reply) => reply.text())).rejects.toThrow();
  expect(faults).toMatchObject([{ message: "lost" }]);
});

test("the path comes decoded, with the credentials of the headers", async () => {
  const seen: unknown[] = [];
  open = (path, credentials) => {
    seen.push(path, credentials.token?.reveal(), credentials.byServer.get("lab")?.reveal());
    return Promise.resolve(null);
  };
  const reply = await fetch(`${origin}/export/x/lab/12/a%2Fb%20c.csv?x=1`, {
    headers: { authorization: "Token one", "x-etna-token": "lab=two" },
  });
  expect(seen).toEqual([["lab", "12", "a/b c.csv"], "one", "two"]);
  expect([reply.status, await reply.json()]).toEqual([
    404,
    { error: "there is no such export, or you may not see it", code: "NOT_FOUND" },
  ]);
});

const upstream = (kind: UpstreamErrorKind) =>
  new UpstreamError({ kind, server: "lab", operation: "GET x", message: "no" });

test.each<[number, string, () => Error]>([
  [400, "BAD_USER_INPUT", () => new InputRefused("format", "no")],
  [403, "UPSTREAM_DENIED", () => upstream("UpstreamDenied")],
  [502, "UPSTREAM_UNREACHABLE", () => upstream("UpstreamUnreachable")],
  [502, "UPSTREAM_FAILED", () => upstream("UpstreamFailed")],
  [502, "UPSTREAM_MALFORMED", () => upstream("UpstreamMalformed")],
  [504, "UPSTREAM_TIMEOUT", () => upstream("UpstreamTimeout")],
  [503, "LIMIT_EXCEEDED", () => new Overflow("LIMIT_EXCEEDED", "no")],
  [500, "INTERNAL_SERVER_ERROR", () => new Error("secret")],
])("%i is %s", async (status, code, error) => {
  open = () => Promise.reject(error());
  const reply = await fetch(`${origin}/export/x/file`);
  const text = await reply.text();
  expect([reply.status, reply.headers.get("content-type"), (JSON.parse(text) as { code: string }).code]).toEqual([
    status,
    "application/json; charset=utf-8",
    code,
  ]);
  expect(text).not.toContain("secret");
  expect(faults).toHaveLength(status === 500 ? 1 : 0);
});

test("a scheme other than Token, another method and a path that does not decode are refused", async () => {
  open = () => Promise.reject(new Error("not reached"));
  expect((await fetch(`${origin}/export/x/file`, { headers: { authorization: "Bearer x" } })).status).toBe(400);
  const posted = await fetch(`${origin}/export/x/file`, { method: "POST", body: "x" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
  expect((await fetch(`${origin}/export/x/%ff`)).status).toBe(404);
  expect(await (await fetch(`${origin}/export/y`)).text()).toBe("not mine");
});
