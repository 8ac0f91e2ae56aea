// GraphQL over Server-Sent Events, distinct connections mode (PROTOCOL.md of graphql-sse): a form of the answer, for proxies
// that break WebSockets.

import type { IncomingMessage } from "node:http";
import { acceptedRanges } from "./accept.js";
import type { Framing } from "./http-stream.js";

export const EVENT_STREAM: Framing = {
  transport: "sse",
  headers: {
    "content-type": "text/event-stream; charset=utf-8",
    "content-encoding": "none",
  },
  // A comment: some browsers and proxies pass the head on only with the first bytes of the body.
  begin: ":\n\n",
  part: (json) => `event: next\ndata: ${json}\n\n`,
  heartbeat: ":\n\n",
  // The empty data is what makes a browser's EventSource tell of it.
  end: "event: complete\ndata:\n\n",
};

/** Whether the client named event streams, and did not only say that it takes anything. */
export function namesEventStream(request: IncomingMessage): boolean {
  return acceptedRanges(request).some(({ type }) => type === "text/event-stream");
}
