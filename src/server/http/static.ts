// Serves the files of one directory that is built beforehand (the live page, GraphiQL) over node:http.
// Caching follows what Vite writes: `assets/` holds names with a hash of the content, everything else may change.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const gzipAsync = promisify(gzip);

const INDEX = "index.html";

interface MediaType {
  readonly type: string;
  /** Worth compressing. */
  readonly text: boolean;
}

const MEDIA_TYPES: Readonly<Record<string, MediaType>> = {
  ".html": { type: "text/html; charset=utf-8", text: true },
  ".js": { type: "text/javascript; charset=utf-8", text: true },
  ".css": { type: "text/css; charset=utf-8", text: true },
  ".json": { type: "application/json", text: true },
  ".svg": { type: "image/svg+xml", text: true },
  ".ttf": { type: "font/ttf", text: true },
  ".woff2": { type: "font/woff2", text: false },
  ".png": { type: "image/png", text: false },
};
const OTHER: MediaType = { type: "application/octet-stream", text: false };

/** How a directory is served. */
export interface StaticOptions {
  /** Content-Security-Policy of all answers. */
  readonly policy: string;
  /** The script of package.json that builds the directory. */
  readonly build: string;
}

/** `style-src` allows inline styles because the editor sets them; `connect-src 'self'` includes the websocket. */
export const GRAPHIQL: StaticOptions = {
  policy:
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  build: "build:graphiql",
};

function securityHeaders(policy: string) {
  return {
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
}

/** Answers a request below its prefix and returns true; returns false, with nothing done, for any other path. */
export type StaticHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

interface StaticFile {
  readonly path: string;
  readonly media: MediaType;
  readonly headers: OutgoingHttpHeaders;
  /** Present where the content may change under the same name. */
  readonly etag: string | null;
  /** Made at the first request that takes it. */
  compressed?: Promise<Buffer>;
}

/**
 * Serves `directory` below `prefix` (`/graphiql`, without a slash at the end): GET and HEAD, whole files only.
 * The directory is listed once, here: a path is looked up in that list and never in the file system, and symbolic links
 * are not in it. Without an `index.html` every path is answered with 503 and how to build the page.
 */
export function createStaticHandler(directory: string, prefix: string, options = GRAPHIQL): StaticHandler {
  const { policy, build } = options;
  const files = listFiles(directory, policy);
  return (request, response) => {
    const path = (request.url ?? "").replace(/[?#].*/s, "");
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "Only GET and HEAD are answered here.", policy, { Allow: "GET, HEAD" });
    } else if (!files.has(INDEX)) {
      refuse(
        response,
        503,
        `This page is not built yet: run \`npm run ${build}\` and start the gateway again.`,
        policy,
      );
    } else if (path === prefix) {
      // Relative, so that it stays right behind a proxy that puts the gateway below a folder.
      refuse(response, 302, "The page is one slash further.", policy, { Location: `${prefix.replace(/^.*\//, "")}/` });
    } else {
      const file = files.get(path.slice(prefix.length + 1) || INDEX);
      if (file) {
        void send(file, request, response, options);
      } else {
        refuse(response, 404, "There is no such file.", policy);
      }
    }
    return true;
  };
}

function listFiles(directory: string, policy: string): ReadonlyMap<string, StaticFile> {
  if (!existsSync(directory)) return new Map();
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(directory, path).split(sep).join("/");
      return [name, describeFile(path, name, policy)];
    }),
  );
}

function describeFile(path: string, name: string, policy: string): StaticFile {
  const media = MEDIA_TYPES[extname(name)] ?? OTHER;
  const immutable = name.startsWith("assets/");
  // Weak: the same for the compressed and the plain form.
  const etag = immutable ? null : `W/"${createHash("sha256").update(readFileSync(path)).digest("base64url")}"`;
  return {
    path,
    media,
    etag,
    headers: {
      ...securityHeaders(policy),
      "Cache-Control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
      ...(etag && { ETag: etag }),
      ...(media.text && { Vary: "Accept-Encoding" }),
    },
  };
}

async function send(
  file: StaticFile,
  request: IncomingMessage,
  response: ServerResponse,
  { policy, build }: StaticOptions,
): Promise<void> {
  if (file.etag && matches(request.headers["if-none-match"], file.etag)) {
    response.writeHead(304, file.headers).end();
    return;
  }
  const compress = file.media.text && acceptsGzip(request.headers["accept-encoding"]);
  let body: Buffer;
  try {
    body = await (compress
      ? (file.compressed ??= readFile(file.path).then((content) => gzipAsync(content, { level: 9 })))
      : readFile(file.path));
  } catch {
    refuse(
      response,
      503,
      `This file cannot be read any more: start the gateway again after \`npm run ${build}\`.`,
      policy,
    );
    return;
  }
  response.writeHead(200, {
    ...file.headers,
    "Content-Type": file.media.type,
    "Content-Length": body.length,
    ...(compress && { "Content-Encoding": "gzip" }),
  });
  response.end(body); // Node leaves the body out when the request was a HEAD.
}

/** A line of text instead of a file. */
export function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  policy: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    ...securityHeaders(policy),
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    ...headers,
  });
  response.end(`${text}\n`);
}

/** RFC 9110, 13.1.2: a list of entity tags, compared weakly, or `*`. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const weak = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.trim() === "*" || ifNoneMatch.split(",").some((tag) => weak(tag) === weak(etag));
}

/** RFC 9110, 12.5.3: named, and not with the weight 0. */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return String(acceptEncoding ?? "")
    .split(",")
    .some((item) => /^\s*gzip\s*(;|$)/i.test(item) && !/;\s*q=0(\.0*)?\s*$/i.test(item));
}
