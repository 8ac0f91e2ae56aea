// The one place where a secret becomes a header: it refuses where others could read it on the way.

import { UpstreamError } from "../errors.js";
import type { Origin } from "./decode.js";
import { isLoopback } from "./loopback.js";
import type { Secret } from "./secret.js";

/** A secret and the form in which a server wants it. */
export type Authorization =
  | { readonly scheme: "Token"; readonly secret: Secret }
  /** For `X-Etna-Token` of another gateway: the token and the server it is for. */
  | { readonly scheme: "ServerToken"; readonly server: string; readonly secret: Secret }
  | { readonly scheme: "Basic"; readonly user: string; readonly secret: Secret };

/** Where a secret would travel to. */
export interface Destination {
  readonly url: URL;
  /** Whether the configuration allows secrets over a connection that is not encrypted. */
  readonly insecure: boolean;
}

export const TOKEN_FAULT = "the token has characters that no token has, or more than 1,024 of them";

/** Whether it can be a token: visible ASCII, at most 1,024 characters. Others no header can carry, or no server gives out. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(text);
}

/**
 * The value of an `Authorization` or `X-Etna-Token` header. Throws `UpstreamDenied` where the connection is neither TLS nor
 * loopback, and for what can't be in a header: the HTTP library's own error would look like a lost connection.
 */
export function authorizationHeader(authorization: Authorization, destination: Destination, origin: Origin): string {
  if (!mayCarrySecrets(destination)) {
    throw new UpstreamError({
      kind: "UpstreamDenied",
      ...origin,
      message: `a token is not sent over plain ${destination.url.protocol.replace(":", "")}; reach this server by ${
        destination.url.protocol === "ws:" ? "wss" : "https"
      }, or set \`insecure: true\` in its entry`,
    });
  }
  const value = headerValue(authorization);
  if (!/^[\x20-\x7e]*$/.test(value))
    throw new UpstreamError({ kind: "UpstreamDenied", ...origin, message: TOKEN_FAULT });
  return value;
}

function headerValue(authorization: Authorization): string {
  switch (authorization.scheme) {
    case "Token":
      return `Token ${authorization.secret.reveal()}`;
    case "ServerToken":
      return `${authorization.server}=${authorization.secret.reveal()}`;
    case "Basic":
      return `Basic ${Buffer.from(`${authorization.user}:${authorization.secret.reveal()}`, "utf8").toString("base64")}`;
  }
}

export function mayCarrySecrets({ url, insecure }: Destination): boolean {
  return insecure || url.protocol === "https:" || url.protocol === "wss:" || isLoopback(url.hostname);
}
