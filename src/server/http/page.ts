// Serves the live page: one `index.html` for all of its addresses, its assets below `/page/`, and the documents it sends.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Negotiator from "negotiator";
import { acceptsGzip, createStaticHandler, matches, refuse } from "./static.js";

/**
 * Stricter than GraphiQL's: no inline style, no text made into script or markup. `connect-src 'self'` includes the
 * WebSocket.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const PREFIX = "/page";
const BUILD = "build:page";

/** The page's addresses below the gateway; one segment of a path, escaped, for each `*`. */
const ADDRESSES = new Set([
  "",
  "boards",
  "board/*/*",
  "jobs",
  "queue",
  "job/*/*",
  "builds",
  "build/*/*",
  "evaluations",
  "evaluation/*/*",
  "compare",
  "search",
  "events",
]);

export interface Page {
  /** The page's own documents by their SHA-256: they run on a gateway that runs trusted documents only. */
  readonly documents: ReadonlyMap<string, string>;
  /**
   * Answers a browser at one of the page's addresses, and any request below `/page/`; false, with nothing done, for
   * anything else.
   * @param graphiql whether the page may lead to GraphiQL.
   */
  readonly handle: (request: IncomingMessage, response: ServerResponse, graphiql: boolean) => boolean;
}

/** @param directory of the built page; where there is none, a browser is told how to build it. */
export function createPage(directory: string): Page {
  const assets = createStaticHandler(directory, PREFIX, { policy: POLICY, build: BUILD });
  const index = join(directory, "index.html");
  const html = existsSync(index) ? readFileSync(index, "utf8") : null;
  const forms = new Map<string, IndexForm>();
  const formOf = (text: string, depth: number, graphiql: boolean): IndexForm => {
    const key = `${depth} ${graphiql}`;
    const form = forms.get(key) ?? createForm(text, depth, graphiql);
    forms.set(key, form);
    return form;
  };
  return {
    documents: readDocuments(join(directory, "documents.json")),
    handle: (request, response, graphiql) => {
      const path = (request.url ?? "/").replace(/[?#].*/s, "");
      const depth = depthOf(path);
      if (depth === null || !wantsHtml(request)) return path.startsWith(`${PREFIX}/`) && assets(request, response);
      if (html === null) {
        const text = `This page is not built yet: run \`npm run ${BUILD}\` and start the gateway again.`;
        refuse(response, 503, text, POLICY);
      } else {
        sendIndex(request, response, formOf(html, depth, graphiql));
      }
      return true;
    },
  };
}

interface IndexForm {
  readonly plain: Buffer;
  readonly compressed: Buffer;
  readonly etag: string;
}

/** Asset paths are relative, so that the page works below any folder of a proxy. */
function createForm(html: string, depth: number, graphiql: boolean): IndexForm {
  const text = html
    .replaceAll(/(src|href)="\.\//g, `$1="${"../".repeat(depth)}page/`)
    .replace('name="etna-graphiql" content=""', `name="etna-graphiql" content="${graphiql ? "on" : "off"}"`);
  const plain = Buffer.from(text);
  const hash = createHash("sha256").update(plain).digest("base64url");
  return { plain, compressed: gzipSync(plain, { level: 9 }), etag: `W/"${hash}"` };
}

function sendIndex(request: IncomingMessage, response: ServerResponse, form: IndexForm): void {
  const headers = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    ETag: form.etag,
    Vary: "Accept, Accept-Encoding",
  };
  if (matches(request.headers["if-none-match"], form.etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const compress = acceptsGzip(request.headers["accept-encoding"]);
  const body = compress ? form.compressed : form.plain;
  response.writeHead(200, {
    ...headers,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": body.length,
    ...(compress && { "Content-Encoding": "gzip" }),
  });
  response.end(body); // Node leaves the body out when the request was a HEAD.
}

/** How many folders below the gateway's root a page's address is; null for an address that is none of the page's. */
function depthOf(path: string): number | null {
  const parts = path.slice(1).split("/");
  const fits = (shape: string) => {
    const wanted = shape.split("/");
    return (
      wanted.length === parts.length &&
      wanted.every((part, at) => (part === "*" ? parts[at] !== "" : part === parts[at]))
    );
  };
  return [...ADDRESSES].some(fits) ? parts.length - 1 : null;
}

/** A browser that opens the address; a program, which takes anything, gets JSON. */
function wantsHtml(request: IncomingMessage): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  return new Negotiator(request).mediaType(["application/json", "text/html"]) === "text/html";
}

function readDocuments(path: string): ReadonlyMap<string, string> {
  if (!existsSync(path)) return new Map();
  const texts = JSON.parse(readFileSync(path, "utf8")) as readonly string[];
  return new Map(texts.map((text) => [createHash("sha256").update(text).digest("hex"), text]));
}
