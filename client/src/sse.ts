// Subscriptions as an event stream (PROTOCOL.md of graphql-sse, distinct connections mode), read from fetch: an EventSource
// can neither POST nor send a token.

import { answerError, EtnaError } from "./errors.js";
import { isAnswer, notAGateway, parseJson, send } from "./http.js";
import type { HttpOptions } from "./http.js";
import type { Answer, Payload } from "./operation.js";
import { Broken } from "./resume.js";

/** The gateway sends a heartbeat every 12 s: a connection that is silent for longer is dead. */
const SILENCE_MAX_MS = 40_000;
/** Characters of one event; the gateway's own limit of an answer is below it. */
const EVENT_MAX_CHARACTERS = 64 * 1024 * 1024;
/** Statuses of a gateway, or of a proxy before it, that is only busy or restarting. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Results until the gateway says that they are complete. Throws `Broken` where another attempt may help. */
export async function* openEventStream(
  options: HttpOptions,
  payload: Payload,
  signal: AbortSignal,
): AsyncGenerator<Answer<unknown>, void, undefined> {
  const url = new URL(options.endpoint);
  url.pathname += "/stream";
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MAX_MS);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MAX_MS);
  };
  try {
    const reply = await send(options, url, payload, "text/event-stream", either);
    const body = await bodyOf(reply, url);
    for await (const event of readEvents(body, heard)) {
      if (event.name === "complete") return;
      if (event.name !== "next") continue;
      const result = parseJson(event.data);
      if (!isAnswer(result))
        throw new EtnaError("the gateway sent an event without a result", { code: "NOT_A_GATEWAY" });
      yield result;
    }
    throw new Broken("the event stream ended early", { served: true });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof EtnaError && error.code === "UNREACHABLE") {
      throw new Broken(error.message, { served: false, cause: error.cause });
    }
    if (error instanceof EtnaError || error instanceof Broken) throw error;
    throw new Broken("the event stream broke off", { served: true, cause: error });
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Throws what the gateway refuses, which it says with JSON. */
async function bodyOf(reply: Response, url: URL): Promise<ReadableStream<Uint8Array>> {
  const type = reply.headers.get("content-type") ?? "none";
  if (reply.body !== null && reply.ok && type.startsWith("text/event-stream")) return reply.body;
  if (PASSING.has(reply.status)) throw new Broken(`the gateway answers with status ${reply.status}`, { served: false });
  const answer = parseJson(await reply.text());
  if (isAnswer(answer) && answer.errors !== undefined) throw answerError(answer.errors);
  throw notAGateway(url, reply.status);
}

interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** `heard` is called for whatever comes, heartbeats too. */
async function* readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  /** Lines that are whole, of an event that is not. */
  let lines: string[] = [];
  let rest = "";
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      heard();
      const [first = "", ...more] = decoder.decode(part.value, { stream: true }).split("\n");
      rest += first;
      size += first.length;
      if (size > EVENT_MAX_CHARACTERS) throw new EtnaError("an event is too large", { code: "NOT_A_GATEWAY" });
      for (const next of more) {
        if (rest === "" || rest === "\r") {
          if (lines.length > 0) yield toEvent(lines);
          [lines, size] = [[], 0];
        } else if (!rest.startsWith(":")) {
          lines.push(rest.endsWith("\r") ? rest.slice(0, -1) : rest);
        }
        rest = next;
        size += next.length;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function toEvent(lines: readonly string[]): StreamEvent {
  const fields = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  return { name: fields("event").at(-1) ?? "message", data: fields("data").join("\n") };
}
