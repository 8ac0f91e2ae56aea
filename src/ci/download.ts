// A file that a CI system makes for one viewer: what the server needs to send it on, piece by piece.

export interface Download {
  readonly contentType: string;
  /** What to call it on the viewer's disk. */
  readonly filename: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees what it holds, whether or not the body was read. Harmless when repeated. */
  readonly close: () => void;
}
