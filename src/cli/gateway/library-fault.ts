// Whose fault an error is that nobody has caught, by its stack.

import { fileURLToPath } from "node:url";

/** Where Etna's own code lies, also when Etna itself is a package in somebody's `node_modules`. */
const OWN = fileURLToPath(new URL("../..", import.meta.url));
/** Packages, and those that node carries inside itself, such as the undici of `fetch`. */
const LIBRARY = /[\\/]node_modules[\\/]|node:internal[\\/]deps[\\/]/;
const NODE = /\bnode:/;
/** Node's callbacks of sockets, of streams on them, and of timers. */
const CONNECTION = /\bnode:(net|_?tls\w*|_?http\w*|internal\/(stream|streams|tls|timers|dns|js_stream)\S*)[:)]?/;

/**
 * Whether a library threw it in a callback of a connection or a timer, called by node, without any code of ours in
 * between: the place that threw is a library's, all others are a library's or node's, and one is such a callback. A stack that
 * was cut at its limit hides who called, and counts as ours.
 */
export function isLibraryFault(error: unknown, own = OWN): boolean {
  if (!(error instanceof Error) || typeof error.stack !== "string") return false;
  const frames = error.stack.split("\n").filter((line) => line.startsWith("    at "));
  if (frames.length === 0 || frames.length >= Error.stackTraceLimit) return false;
  const isOwn = (frame: string) => frame.includes(own) && !LIBRARY.test(frame.slice(frame.indexOf(own) + own.length));
  const isLibrary = (frame: string) => LIBRARY.test(frame) && !isOwn(frame);
  // An assertion's own first frame may be node's.
  const thrower = frames.find((frame) => !/\bnode:(assert|internal\/assert)/.test(frame));
  return (
    thrower !== undefined &&
    isLibrary(thrower) &&
    frames.every((frame) => isLibrary(frame) || (NODE.test(frame) && !isOwn(frame))) &&
    frames.some((frame) => CONNECTION.test(frame))
  );
}
