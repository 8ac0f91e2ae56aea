// The live page as a gateway serves it: which addresses, which policy, which documents.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPolicy } from "../../../src/server/pipeline/policy.js";
import { createPage } from "../../../src/server/http/page.js";
import { createSchema } from "../../../src/schema.js";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

const HTML = `<!doctype html><meta name="etna-graphiql" content="" />
<script type="module" src="./assets/index-AAAAAAAA.js"></script>
<link rel="stylesheet" href="./assets/index-BBBBBBBB.css" />`;
const DOCUMENT = "query Servers { servers { id } }";
const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

let directory: string;
let server: Server;
let graphiql = true;

const ask = (path: string, headers: Record<string, string> = BROWSER, method = "GET") =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers, method });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "etna-page-"));
  mkdirSync(join(directory, "assets"));
  writeFileSync(join(directory, "index.html"), HTML);
  writeFileSync(join(directory, "assets", "index-AAAAAAAA.js"), "export {};");
  writeFileSync(join(directory, "documents.json"), JSON.stringify([DOCUMENT]));
  const page = createPage(directory);
  server = createServer((request, response) => {
    if (!page.handle(request, response, graphiql)) response.writeHead(418).end("not ours");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

describe("the live page", () => {
  it("is what a browser gets at each of its addresses, whatever its query", async () => {
    const paths = ["/", "/boards?state=idle", "/board/lava/a%2Fb", "/jobs", "/queue", "/job/lava/2008.1", "/builds"];
    const more = ["/build/farm/1", "/evaluations", "/evaluation/farm/1", "/compare?a=1&b=2", "/search?q=x", "/events"];
    for (const path of [...paths, ...more]) {
      const answer = await ask(path);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
        path,
        200,
        "text/html; charset=utf-8",
      ]);
      expect(answer.headers.get("vary")).toContain("Accept");
    }
  });

  it("names its assets so that they are found below any folder of a proxy", async () => {
    const assetsOf = async (path: string) => /src="([^"]*)"/.exec(await (await ask(path)).text())?.[1];
    expect(await assetsOf("/")).toBe("page/assets/index-AAAAAAAA.js");
    expect(await assetsOf("/boards")).toBe("page/assets/index-AAAAAAAA.js");
    expect(await assetsOf("/job/lava/1")).toBe("../../page/assets/index-AAAAAAAA.js");
    const asset = await ask("/page/assets/index-AAAAAAAA.js");
    expect([asset.status, asset.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
  });

  it("leaves a program alone, other methods and other addresses", async () => {
    for (const headers of [
      { accept: "*/*" },
      { accept: "application/json" },
      { accept: "application/json, text/html;q=0.5" },
    ]) {
      expect((await ask("/boards", headers)).status).toBe(418);
    }
    expect((await ask("/boards", BROWSER, "POST")).status).toBe(418);
    for (const path of [
      "/board/lava",
      "/board/lava/",
      "/job/lava/1/2",
      "/board",
      "/nothing",
      "/boards/",
      "/pagesomething",
    ]) {
      expect([path, (await ask(path)).status]).toEqual([path, 418]);
    }
    expect((await ask("/page/assets/../../secret")).status).toBe(418);
    expect((await ask("/page/assets/none.js")).status).toBe(404);
  });

  it("comes with a policy that lets no inline script or style run, and no text become markup", async () => {
    for (const path of ["/", "/page/assets/index-AAAAAAAA.js"]) {
      const policy = (await ask(path)).headers.get("content-security-policy") ?? "";
      expect(policy).not.toContain("unsafe");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).toContain("trusted-types 'none'");
    }
  });

  it("is sent once while it stays the same, and says whether there is GraphiQL", async () => {
    const first = await ask("/");
    expect(await first.text()).toContain('name="etna-graphiql" content="on"');
    const again = await ask("/", { ...BROWSER, "if-none-match": first.headers.get("etag") ?? "" });
    expect(again.status).toBe(304);
    graphiql = false;
    const other = await ask("/", { ...BROWSER, "if-none-match": first.headers.get("etag") ?? "" });
    expect(other.status).toBe(200);
    expect(await other.text()).toContain('name="etna-graphiql" content="off"');
    graphiql = true;
  });

  it("tells a browser how it is built where it is not, and a program nothing", async () => {
    const none = createPage(join(directory, "none"));
    const lone = createServer((request, response) => {
      if (!none.handle(request, response, true)) response.writeHead(418).end();
    });
    await new Promise<void>((resolve) => lone.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(lone.address() as AddressInfo).port}/`;
    const answer = await fetch(at, { headers: BROWSER });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("npm run build:page")]);
    expect((await fetch(at)).status).toBe(418);
    await new Promise((resolve) => lone.close(resolve));
  });

  it("has its own documents run where only trusted ones do, unless it is off", async () => {
    const schema = await createSchema();
    const { documents } = createPage(directory);
    const policyOf = (page: boolean) =>
      createPolicy(schema, { trustedDocuments: new Map(), page }, undefined, documents).documents;
    expect(policyOf(true).resolve({ query: DOCUMENT })).toBe(DOCUMENT);
    expect(policyOf(true).resolve({ query: "{ __typename }" })).toMatchObject({
      extensions: { code: "DOCUMENT_NOT_TRUSTED" },
    });
    expect(policyOf(false).resolve({ query: DOCUMENT })).toMatchObject({
      extensions: { code: "DOCUMENT_NOT_TRUSTED" },
    });
  });
});
