// Subscriptions in parts of one HTTP answer, as Apollo's clients ask for them ("Multipart HTTP protocol for GraphQL
// subscriptions", subscriptionSpec=1.0): a form of the answer.

import type { IncomingMessage } from "node:http";
import { acceptedRanges } from "./accept.js";
import type { Framing } from "./http-stream.js";

const PART = `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n`;
/** Right behind each part: clients hold a part back until they have seen its end. */
const BOUNDARY = "\r\n--graphql";

export const MULTIPART: Framing = {
  transport: "multipart",
  headers: {
    "content-type": `multipart/mixed; boundary="graphql"; subscriptionSpec=1.0`,
  },
  begin: BOUNDARY,
  part: (json) => `${PART}{"payload":${json}}${BOUNDARY}`,
  heartbeat: `${PART}{}${BOUNDARY}`,
  end: "--\r\n",
};

/** Whether the client takes parts of this protocol; plain `multipart/mixed` is another one. */
export function acceptsMultipart(request: IncomingMessage): boolean {
  return acceptedRanges(request).some(
    ({ type, parameters }) =>
      type === "multipart/mixed" && parameters.some((text) => /^subscriptionspec\s*=\s*"?1\.0"?$/.test(text)),
  );
}
