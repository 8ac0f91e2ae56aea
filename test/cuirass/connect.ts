// Clients for the tests of this folder: of a replayed recording, or of any address.

import { Upstream } from "../../src/cache/upstream.js";
import { createAsk } from "../../src/net/ask.js";
import { CuirassClient } from "../../src/cuirass/client/client.js";
import { HttpClient } from "../../src/net/http.js";
import type { HttpLimits } from "../../src/net/http-limits.js";
import { createReplayServer, readRecording, toReplayFiles } from "../support/http-replay.js";
import type { Recording } from "../support/http-replay.js";

export interface Connected {
  readonly client: CuirassClient;
  readonly http: HttpClient;
  /** `METHOD path` of each request so far; empty unless replayed. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export function connect(url: string, limits: Partial<HttpLimits> = {}): Connected {
  const http = new HttpClient({ server: "guix", baseUrl: new URL(url), limits: { retryDelayMs: 1, ...limits } });
  const client = new CuirassClient(new Upstream(http), createAsk(null));
  return { client, http, requests: [], close: () => http.close() };
}

/** A client of a server that has only these recordings. */
export async function replay(...recordings: (string | Recording)[]): Promise<Connected> {
  const read = recordings.map((one) => (typeof one === "string" ? readRecording(one) : one));
  const server = await createReplayServer(toReplayFiles(read));
  const connected = connect(server.url);
  return {
    ...connected,
    requests: server.requests,
    close: async () => {
      await connected.close();
      await server.close();
    },
  };
}

/** An answer that nobody recorded, under the path of one that was. */
export function handMade(path: string, head: readonly string[], body: string | Buffer): Recording {
  const bytes = Buffer.from(body);
  const lines = [...head, `Content-Length: ${bytes.length}`];
  return { method: "GET", path, bytes: Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]) };
}
