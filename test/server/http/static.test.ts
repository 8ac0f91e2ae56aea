// The handler of GraphiQL's files, asked through a real HTTP server with unnormalised paths.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStaticHandler, type StaticHandler } from "../../../src/server/http/static.js";

const SCRIPT = "console.log('etna');\n".repeat(200);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `node:http` sends the path as it is; fetch would resolve `..` first. */
function ask(server: Server, path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

async function serve(handler: StaticHandler): Promise<Server> {
  const server = createServer((incoming, response) => {
    if (!handler(incoming, response)) response.writeHead(418).end("not ours");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

let directory: string;
let server: Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "etna-static-"));
  const site = join(directory, "site");
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(join(directory, "secret.txt"), "secret");
  writeFileSync(join(site, "index.html"), "<!doctype html><title>Etna</title>");
  writeFileSync(join(site, "assets", "index-BCgljvHm.js"), SCRIPT);
  writeFileSync(join(site, "assets", "codicon-DCmgc-ay.ttf"), "font");
  symlinkSync(join(directory, "secret.txt"), join(site, "assets", "link-AAAAAAAA.txt"));
  symlinkSync(directory, join(site, "up"));
  server = await serve(createStaticHandler(site, "/graphiql"));
});

afterAll(async () => {
  await close(server);
  rmSync(directory, { recursive: true });
});

describe("static files", () => {
  it("answers the page at the prefix with a slash, to be asked for again each time", async () => {
    const page = await ask(server, "/graphiql/?a=b");
    expect(page.status).toBe(200);
    expect(page.body.toString()).toContain("<title>Etna</title>");
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
  });

  it("leads from the prefix without a slash to the page", async () => {
    const answer = await ask(server, "/graphiql?a=b");
    expect(answer.status).toBe(302);
    expect(new URL(answer.headers.location ?? "", "http://host/graphiql?a=b").pathname).toBe("/graphiql/");
    expect(new URL(answer.headers.location ?? "", "http://host/ci/graphiql").pathname).toBe("/ci/graphiql/");
  });

  it("answers 304 without a body when the page is the one the browser has", async () => {
    const { etag = "" } = (await ask(server, "/graphiql/")).headers;
    for (const known of [etag, `"other", ${etag.replace("W/", "")}`, "*"]) {
      const answer = await ask(server, "/graphiql/", "GET", { "If-None-Match": known });
      expect([known, answer.status, answer.body.length]).toEqual([known, 304, 0]);
      expect(answer.headers.etag).toBe(etag);
    }
    expect((await ask(server, "/graphiql/", "GET", { "If-None-Match": '"other"' })).status).toBe(200);
  });

  it("lets hashed assets be kept for ever", async () => {
    const script = await ask(server, "/graphiql/assets/index-BCgljvHm.js");
    expect(script.body.toString()).toBe(SCRIPT);
    expect(script.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "content-length": String(SCRIPT.length),
      vary: "Accept-Encoding",
    });
    expect((await ask(server, "/graphiql/assets/codicon-DCmgc-ay.ttf")).headers["content-type"]).toBe("font/ttf");
  });

  it("compresses text for those who accept gzip and only for them", async () => {
    for (const accepted of ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1.0"]) {
      const answer = await ask(server, "/graphiql/assets/index-BCgljvHm.js", "GET", { "Accept-Encoding": accepted });
      expect([accepted, answer.headers["content-encoding"]]).toEqual([accepted, "gzip"]);
      expect(answer.headers["content-length"]).toBe(String(answer.body.length));
      expect(gunzipSync(answer.body).toString()).toBe(SCRIPT);
    }
    for (const refused of ["br", "gzip;q=0", "gzip; q=0.000", "xgzip"]) {
      const answer = await ask(server, "/graphiql/assets/index-BCgljvHm.js", "GET", { "Accept-Encoding": refused });
      expect([refused, answer.headers["content-encoding"]]).toEqual([refused, undefined]);
      expect(answer.body.toString()).toBe(SCRIPT);
    }
  });

  it("answers HEAD with the headers of GET", async () => {
    const got = await ask(server, "/graphiql/assets/index-BCgljvHm.js", "GET", { "Accept-Encoding": "gzip" });
    const head = await ask(server, "/graphiql/assets/index-BCgljvHm.js", "HEAD", { "Accept-Encoding": "gzip" });
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect({ ...head.headers, date: "" }).toEqual({ ...got.headers, date: "" });
  });

  it("refuses other methods", async () => {
    const answer = await ask(server, "/graphiql/", "POST");
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("GET, HEAD");
  });

  it.each([
    "/graphiql/../secret.txt",
    "/graphiql/assets/../../../secret.txt",
    "/graphiql/%2e%2e/secret.txt",
    "/graphiql/..%2fsecret.txt",
    "/graphiql/assets\\..\\..\\secret.txt",
    "/graphiql//etc/passwd",
    "/graphiql/assets/link-AAAAAAAA.txt",
    "/graphiql/up/secret.txt",
    "/graphiql/assets/",
    "/graphiql/assets",
    "/graphiql/__proto__",
    "/graphiql/none.js",
  ])("does not find %s", async (path) => {
    const answer = await ask(server, path);
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).not.toContain("secret");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("leaves other paths to others", async () => {
    for (const path of ["/", "/graphql", "/graphiqlx", "/x/graphiql/", "*"]) {
      expect([path, (await ask(server, path)).status]).toEqual([path, 418]);
    }
  });

  it("says so when a listed file is gone", async () => {
    const site = join(directory, "rebuilt");
    mkdirSync(site);
    writeFileSync(join(site, "index.html"), "old");
    const rebuilt = await serve(createStaticHandler(site, "/graphiql"));
    try {
      rmSync(join(site, "index.html"));
      const answer = await ask(rebuilt, "/graphiql/", "GET", { "Accept-Encoding": "gzip" });
      expect([answer.status, answer.body.toString()]).toEqual([
        503,
        expect.stringContaining("start the gateway again"),
      ]);
    } finally {
      await close(rebuilt);
    }
  });

  it("says how to build the page when there is none", async () => {
    const empty = await serve(createStaticHandler(join(directory, "missing"), "/graphiql"));
    try {
      for (const path of ["/graphiql", "/graphiql/", "/graphiql/assets/index-BCgljvHm.js"]) {
        const answer = await ask(empty, path);
        expect(answer.status).toBe(503);
        expect(answer.body.toString()).toContain("npm run build:graphiql");
      }
      expect((await ask(empty, "/graphql")).status).toBe(418);
    } finally {
      await close(empty);
    }
  });
});
