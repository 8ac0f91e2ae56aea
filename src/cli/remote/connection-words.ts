// Why a connection failed, in words that say what to do. The codes are node's and OpenSSL's.

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** @param url where to; its host and port are named. */
export function connectionWords(error: unknown, url: URL): string {
  const code = codeOf(error);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  switch (code) {
    case "ENOTFOUND":
      return `there is no host ${url.hostname} (${code}); check the name, and this machine's DNS`;
    case "EAI_AGAIN":
      return `the name ${url.hostname} could not be looked up (${code}); this machine's DNS does not answer`;
    case "ECONNREFUSED":
      return `nothing listens on port ${port} of ${url.hostname} (${code}); check the port, and that the server runs`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return `${url.hostname} does not answer on port ${port} (${code}); check the network, a VPN and firewalls`;
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `the certificate of ${url.hostname} is not valid now (${code}); renew it, or set this machine's clock`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate is not for the name ${url.hostname} (${code}); write the name that it is for`;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "EPROTO":
      return `port ${port} does not speak TLS (${code}); write http://${url.host}, or the port of https`;
    case "UND_ERR_SOCKET":
    case "ECONNRESET":
    case "EPIPE":
      return `the connection was closed before an answer (${code})${url.protocol === "http:" ? `; if the port wants TLS, write https://${url.host}` : ""}`;
    default:
      if (code !== null && UNTRUSTED.has(code))
        return `the certificate of ${url.hostname} is of no authority that this machine's Node trusts (${code}); set NODE_EXTRA_CA_CERTS=/path/to/ca.pem`;
      return code === null ? deepestMessage(error) : `the connection failed (${code})`;
  }
}

function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return "the connection failed";
  if (error.cause instanceof Error) return deepestMessage(error.cause);
  // The package ws says no more of it.
  const [, status] = /^Unexpected server response: (\d+)$/.exec(error.message) ?? [];
  if (status === undefined) return error.message;
  return `a WebSocket is answered with HTTP status ${status}; let a proxy before the gateway pass WebSockets on`;
}

/** Of the error or of what caused it: `fetch` and its kind wrap the socket's own. */
function codeOf(error: unknown): string | null {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ("code" in at && typeof at.code === "string" && at.code !== "") return at.code;
    // A host with several addresses: each has its own error, and the first is as good as any.
    const [first] = at instanceof AggregateError ? (at.errors as readonly unknown[]) : [];
    at = first ?? at.cause;
  }
  return null;
}
