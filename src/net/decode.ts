// The border: what comes from outside is `unknown` until one of these has checked it.

import type { z } from "zod";
import { UpstreamError } from "../errors.js";

export interface Origin {
  readonly server: string;
  readonly operation: string;
}

/** Parses JSON text; throws `UpstreamMalformed` that quotes the beginning of what came instead (an HTML page, a cut answer). */
export function parseJson(origin: Origin, body: Buffer): unknown {
  const text = body.toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw malformed(origin, `not JSON: ${text === "" ? "empty body" : looksLike(text)}`, cause);
  }
}

/** Checks a value against its wire schema; throws `UpstreamMalformed` that names the first path and what was found there. */
export function decode<T>(origin: Origin, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  throw malformed(origin, `at ${path === "" ? "the top" : path}: ${issue?.message ?? "unexpected value"}`);
}

export function malformed(origin: Origin, message: string, cause?: unknown): UpstreamError {
  return new UpstreamError({ kind: "UpstreamMalformed", ...origin, message, cause });
}

function looksLike(text: string): string {
  if (/^\s*<(!doctype|html)/i.test(text)) return "an HTML page";
  return `${text.length} characters that end early or begin with ${JSON.stringify(text.slice(0, 24))}`;
}
