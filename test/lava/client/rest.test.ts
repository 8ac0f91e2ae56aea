// LAVA's REST interface: what each status and each form of a refusal becomes. Bodies as a real LAVA sent them.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { Upstream } from "../../../src/cache/upstream.js";
import { createAsk } from "../../../src/net/ask.js";
import { UpstreamError } from "../../../src/errors.js";
import { LavaRest, readMessage } from "../../../src/lava/client/rest.js";
import type { RestRequest } from "../../../src/lava/client/rest.js";
import { HttpClient } from "../../../src/net/http.js";
import { Secret } from "../../../src/net/secret.js";
import { startRawServer } from "../../net/raw-server.js";
import type { RawRequest, RawServer } from "../../net/raw-server.js";

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/lava/rest/${name}`, import.meta.url), "utf8");
const JSON_TYPE = { "content-type": "application/json" };
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };
const REQUEST: RestRequest = { path: "jobs/12/", route: "jobs/ID/" };
const VIEWER = createAsk(new Secret("hunter2"));
const SCHEMA = z.object({ id: z.number() });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp(
  handle: (request: RawRequest) => void,
): Promise<{ server: RawServer; rest: LavaRest; http: HttpClient }> {
  const server = await startRawServer(handle);
  const http = new HttpClient({ server: "lab", baseUrl: new URL("/lava", server.url), limits: { retryDelayMs: 1 } });
  closing.push(
    () => server.close(),
    () => http.close(),
  );
  return { server, http, rest: new LavaRest(new Upstream(http)) };
}
const answering = (status: number, body: string, headers: Record<string, string>) =>
  setUp((request) => request.answer(status, body, headers));
const failure = async (promise: Promise<unknown>): Promise<UpstreamError> => {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
};

describe("LavaRest", () => {
  it("asks below /api/v0.2/, as the viewer, for JSON, without the filters that are absent", async () => {
    const { server, rest } = await answering(200, '{"id": 12}', JSON_TYPE);
    const query = { limit: 5, state: "Running", health: null, worker: undefined, name: "", all: true, text: "a b&c=é" };
    expect(await rest.get({ ...REQUEST, query }, VIEWER, SCHEMA)).toEqual({ id: 12 });
    await rest.get(REQUEST, createAsk(null), SCHEMA);
    expect(server.requests.map(({ line }) => line)).toEqual([
      "GET /lava/api/v0.2/jobs/12/?limit=5&state=Running&all=true&text=a+b%26c%3D%C3%A9",
      "GET /lava/api/v0.2/jobs/12/",
    ]);
    expect(server.requests[0]?.headers).toMatchObject({ accept: "application/json", authorization: "Token hunter2" });
    expect(server.requests[1]?.headers).not.toHaveProperty("authorization");
  });

  describe("a 404", () => {
    it("in JSON means that there is none", async () => {
      const { rest } = await answering(404, recorded("error-404.json"), JSON_TYPE);
      expect(await rest.get(REQUEST, VIEWER, SCHEMA)).toBeNull();
      expect(await rest.text(REQUEST, VIEWER)).toBeNull();
      expect(await rest.stream(REQUEST, VIEWER)).toBeNull();
    });

    it("as a page means that the server does not know the path", async () => {
      const { rest, http } = await answering(404, recorded("error-404-page.html"), HTML_TYPE);
      for (const ask of [
        () => rest.get(REQUEST, VIEWER, SCHEMA),
        () => rest.text(REQUEST, VIEWER),
        () => rest.stream(REQUEST, VIEWER),
      ]) {
        expect(await failure(ask())).toMatchObject({
          kind: "UpstreamRejected",
          status: 404,
          operation: "GET jobs/ID/",
        });
      }
      await vi.waitFor(() => expect(http.slots.inUse).toBe(0));
    });
  });

  it("takes a redirect for the login page, and does not go there", async () => {
    const { server, rest } = await answering(302, "", { location: "/accounts/login/?next=/api/" });
    const error = await failure(rest.get(REQUEST, VIEWER, SCHEMA));
    expect(error).toMatchObject({ kind: "UpstreamDenied", status: 302 });
    expect(error.message).toBe("lab: GET jobs/ID/: answered 302 (asks for a login)");
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [400, "UpstreamRejected"],
    [401, "UpstreamDenied"],
    [403, "UpstreamDenied"],
    [405, "UpstreamRejected"],
    [429, "UpstreamRejected"],
    [500, "UpstreamFailed"],
    [503, "UpstreamFailed"],
  ])("takes %i for %s, without the token", async (status, kind) => {
    const { rest } = await answering(status, '{"detail": "words"}', JSON_TYPE);
    for (const ask of [
      () => rest.get(REQUEST, VIEWER, SCHEMA),
      () => rest.text(REQUEST, VIEWER),
      () => rest.stream(REQUEST, VIEWER),
    ]) {
      const error = await failure(ask());
      expect(error).toMatchObject({ kind, status, server: "lab", operation: "GET jobs/ID/" });
      expect(error.message).not.toContain("hunter2");
    }
  });

  it("takes a page with 200, and JSON of another shape, for malformed", async () => {
    const page = await answering(200, "<!DOCTYPE html><html></html>", HTML_TYPE);
    expect(await failure(page.rest.get(REQUEST, VIEWER, SCHEMA))).toMatchObject({ kind: "UpstreamMalformed" });
    const other = await answering(200, '{"id": "12"}', JSON_TYPE);
    expect((await failure(other.rest.get(REQUEST, VIEWER, SCHEMA))).message).toMatch(/at id: .*number/);
  });

  it("gives text and streams as they are", async () => {
    const { rest } = await answering(200, "a,b\r\né", { "content-type": "application/csv" });
    expect(await rest.text(REQUEST, VIEWER)).toBe("a,b\r\né");
    const chunks: Buffer[] = [];
    for await (const chunk of (await rest.stream(REQUEST, VIEWER))?.body ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("a,b\r\né");
  });

  describe("what changes something", () => {
    it("is sent as JSON, and its status is the caller's to judge", async () => {
      const { server, rest } = await answering(400, recorded("submit-invalid.json"), JSON_TYPE);
      const reply = await rest.post({ ...REQUEST, path: "jobs/", route: "jobs/" }, { definition: "a: 1" }, VIEWER);
      expect(reply.status).toBe(400);
      expect(server.requests).toMatchObject([
        {
          line: "POST /lava/api/v0.2/jobs/",
          headers: { "content-type": "application/json", authorization: "Token hunter2" },
          body: '{"definition":"a: 1"}',
        },
      ]);
    });

    it("is tried once, whether it is lost or the server is busy", async () => {
      const lost = await setUp((request) => request.socket.resetAndDestroy());
      await failure(lost.rest.post(REQUEST, {}, VIEWER));
      expect(lost.server.requests).toHaveLength(1);
      const busy = await answering(503, "", {});
      expect((await busy.rest.post(REQUEST, {}, VIEWER)).status).toBe(503);
      expect(busy.server.requests).toHaveLength(1);
    });

    it("differs from a read, which is tried again", async () => {
      const { server, rest } = await setUp((request) => {
        if (request.index === 0) request.socket.resetAndDestroy();
        else request.answer(200, '{"id": 12}', JSON_TYPE);
      });
      expect(await rest.get(REQUEST, VIEWER, SCHEMA)).toEqual({ id: 12 });
      expect(server.requests).toHaveLength(2);
    });
  });
});

describe("readMessage", () => {
  const said = (body: string) => readMessage({ status: 400, headers: {}, body: Buffer.from(body) });

  it.each([
    ["detail", recorded("error-403-permission.json"), "You do not have permission to perform this action."],
    ["message", recorded("submit-invalid.json"), "Problem with submitted job data: extra keys not allowed @ data['a']"],
    ["a map of fields", recorded("submit-missing.json"), "definition: This field is required."],
    ["a map of several fields", '{"state": ["one", "two"], "health": "three"}', "state: one two; health: three"],
    [
      "the heading of a page",
      recorded("error-500-filter.html"),
      `["Select a valid choice. finished is not one of the available choices: ('Submitted', 'Scheduling', 'Scheduled', 'Running', 'Canceling', 'Finished')"]`,
    ],
    [
      "a list",
      "[\"metadata__contains expects a JSON object, got 'x'\"]",
      "metadata__contains expects a JSON object, got 'x'",
    ],
    ["a page without a heading", "<html></html>", "an HTML page without a title, which is not LAVA's"],
    [
      "a proxy's page",
      "<html>\r\n<head><title>413 Request Entity Too Large</title></head><body></body></html>",
      `a page "413 Request Entity Too Large", which is not LAVA's: a proxy's, perhaps`,
    ],
    ["a text", "upstream connect error", "upstream connect error"],
    ["nothing", "", "no reason given"],
    ["a heading with escaped markup", "<h2>&lt;b&gt; &amp;quot; &#39;</h2>", `<b> &quot; '`],
  ])("reads %s", (_, body, message) => {
    expect(said(body)).toBe(message);
  });

  it("tells where a redirect leads, without what may be a secret in it", () => {
    const reply = {
      status: 301,
      headers: { location: "https://lava.example.org/api/?token=x" },
      body: Buffer.from(""),
    };
    expect(readMessage(reply)).toBe(
      "redirects to https://lava.example.org/api/; is the configured url the server's own?",
    );
  });

  it("gives one line of at most 300 characters", () => {
    expect(said(JSON.stringify({ detail: `a\n\n b${"x".repeat(1_000)}` }))).toBe(`a b${"x".repeat(297)}`);
  });
});
