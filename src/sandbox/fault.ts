// How a sandbox's server goes wrong, for the tests.

/** How one request goes wrong instead of being answered. */
export type Fault =
  /** Never answered; the connection stays open until the sandbox closes. */
  | { readonly kind: "hang" }
  /** Answered well, `ms` milliseconds late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is reset (TCP RST) without an answer. */
  | { readonly kind: "reset" }
  /** 200 with an HTML page, as proxies like to show one. */
  | { readonly kind: "html" }
  /** The right headers and half of the body, then the socket is closed. */
  | { readonly kind: "cut" }
  /** Without a body Cuirass' 500 is bare, as its own. */
  | { readonly kind: "status"; readonly status: number; readonly body?: string; readonly contentType?: string }
  /** 200 with this body instead of the right one: JSON for REST, the same value as XML-RPC answer for XML-RPC. */
  | { readonly kind: "json"; readonly body: unknown };
