// Files over HTTP: streamed with back-pressure, with the same credentials as the graph. Knows no system.

import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Download } from "../../ci/download.js";
import type { Credentials } from "../../ci/viewer.js";
import type { RouteHandler } from "./routes.js";
import { toGraphQLError } from "../pipeline/errors.js";
import { credentialsOf } from "../pipeline/credentials.js";

/** Longest silence between two pieces, whether the server or the reader is the slow one. */
const SILENCE_MAX_MS = 60_000;

export interface DownloadsOptions {
  /** E.g. `/export/lava/`; what follows is the file's path. */
  readonly prefix: string;
  /** The file at a path, split at slashes and decoded; null when there is none that this viewer may see. */
  readonly open: (path: readonly string[], credentials: Credentials, signal: AbortSignal) => Promise<Download | null>;
  /** A fault of ours, for the log. */
  readonly onFault: (error: unknown) => void;
}

/** Status for an error's code; 500 for any other, which is a fault of ours. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  UPSTREAM_DENIED: 403,
  UPSTREAM_UNREACHABLE: 502,
  UPSTREAM_REJECTED: 502,
  UPSTREAM_FAILED: 502,
  UPSTREAM_MALFORMED: 502,
  UPSTREAM_TIMEOUT: 504,
  LIMIT_EXCEEDED: 503,
  OVERLOADED: 503,
};

export function createDownloads({ prefix, open, onFault }: DownloadsOptions): RouteHandler {
  return async (request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (!path.startsWith(prefix)) return false;
    if (request.method !== "GET") {
      response.setHeader("allow", "GET");
      refuse(response, 405, "METHOD_NOT_ALLOWED", "exports are read with GET");
      return true;
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      const names = decodePath(path.slice(prefix.length));
      const credentials = credentialsOf(request);
      const download = names === null ? null : await open(names, credentials, left.signal);
      if (download === null) refuse(response, 404, "NOT_FOUND", "there is no such export, or you may not see it");
      else await send(response, download, (error) => left.signal.aborted || toGraphQLError(error, onFault));
    } catch (error) {
      // Nobody is there to read what went wrong.
      if (left.signal.aborted) return true;
      const { message, extensions } = toGraphQLError(error, onFault);
      const code = String(extensions["code"]);
      const retryAfter = extensions["retryAfterSeconds"];
      if (typeof retryAfter === "number") response.setHeader("retry-after", String(retryAfter));
      refuse(response, STATUS[code] ?? 500, code, message);
    }
    return true;
  };
}

async function send(response: ServerResponse, download: Download, onBroken: (error: unknown) => void): Promise<void> {
  try {
    response.writeHead(200, {
      "content-type": download.contentType,
      "content-disposition": `attachment; filename="${download.filename.replace(/[^\w.+-]/g, "_")}"`,
      "x-content-type-options": "nosniff",
      "cache-control": "private, no-store",
      vary: "authorization, x-etna-token",
    });
    response.setTimeout(SILENCE_MAX_MS, () => response.destroy());
    await pipeline(download.body, response);
  } catch (error) {
    onBroken(error);
    // The file is broken off, which its reader sees: the last piece of a chunked body is missing.
    response.destroy();
  } finally {
    download.close();
  }
}

/** Null for a path that is no well-formed one. */
function decodePath(path: string): readonly string[] | null {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return null;
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(`${JSON.stringify({ error: message, code })}\n`);
}
