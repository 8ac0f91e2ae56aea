// The shapes of answers a Cuirass web server gives, header by header (cuirass.md, sections 1, 4.3 and 4.4).

/** One answer before it is written; headers in the order of the wire, Content-Length excluded. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** null: not even Content-Length is sent. */
  readonly body: Buffer | null;
  /** The socket is closed after it, without a word in the headers. */
  readonly close: boolean;
}

const PLAIN = "text/plain;charset=utf-8";

/** A JSON text with the given status; every 500 ends the connection. */
export function json(text: string, status = 200): Answer {
  return {
    status,
    headers: [["Content-Type", "application/json;charset=utf-8"]],
    body: Buffer.from(text),
    close: status >= 500,
  };
}

/** `{"error": …}`: 404 for things that are not there, 500 for the client's own mistakes. */
export function jsonError(status: 404 | 500, message: string): Answer {
  return json(JSON.stringify({ error: message }), status);
}

/** What any uncaught exception of the server looks like: a status line, an empty line, the end. */
export function bareFailure(): Answer {
  return { status: 500, headers: [], body: null, close: true };
}

/** 404 of unknown routes, unknown methods and all log routes. */
export function notFound(path: string): Answer {
  return {
    status: 404,
    headers: [["Content-Type", PLAIN]],
    body: Buffer.from(`Resource not found: ${path}`),
    close: false,
  };
}

/** 302 with a relative Location; `/eval/latest` alone has a text. */
export function redirect(location: string, text = ""): Answer {
  const headers = [["Content-Type", PLAIN] as const, ["Location", location] as const];
  return { status: 302, headers, body: Buffer.from(text), close: false };
}

export function html(text: string, status: 200 | 404 = 200): Answer {
  return { status, headers: [["Content-Type", "text/html;charset=utf-8"]], body: Buffer.from(text), close: false };
}

/** A file: the connection ends after it. */
export function file(headers: Answer["headers"], body: Buffer): Answer {
  return { status: 200, headers, body, close: true };
}
