// XML-RPC as LAVA writes it, on the serializer and deserializer of the npm package `xmlrpc` (lava.md section 6.1).
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import type { Micros } from "./model.js";

interface XmlNode {
  ele(name: string): XmlNode;
  raw(text: string): XmlNode;
}

interface CustomType {
  serialize(xml: XmlNode): XmlNode;
}

interface Deserializer {
  deserializeMethodCall(
    stream: Readable,
    callback: (error: Error | null | undefined, method?: string, params?: unknown[]) => void,
  ): void;
}

// The package types none of these files and other parts of the project may declare them: required, and typed as used here.
const require = createRequire(import.meta.url);
const { serializeMethodResponse, serializeFault } = require("xmlrpc/lib/serializer.js") as {
  serializeMethodResponse: (value: unknown) => string;
  serializeFault: (fault: unknown) => string;
};
const DeserializerClass = require("xmlrpc/lib/deserializer.js") as new () => Deserializer;
const CustomTypeClass = require("xmlrpc/lib/customtype.js") as new (raw: string) => CustomType;

/** A time, sent in UTC without a mark and in whole seconds; the package alone would send local time. */
export class RpcTime {
  constructor(readonly micros: Micros) {}
}

/** As Python's xmlrpc does it: three characters escaped, control characters left in, which makes the answer ill-formed. */
class RawElement extends CustomTypeClass {
  readonly #name: string;
  readonly #text: string;

  constructor(name: string, text: string) {
    super(text);
    this.#name = name;
    this.#text = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  }

  override serialize(xml: XmlNode): XmlNode {
    return xml.ele(this.#name).raw(this.#text);
  }
}

function toWire(value: unknown): unknown {
  if (typeof value === "string") return new RawElement("string", value);
  if (value instanceof RpcTime) {
    const iso = new Date(Math.floor(value.micros / 1000)).toISOString();
    return new RawElement("dateTime.iso8601", iso.slice(0, 19).replaceAll("-", ""));
  }
  if (Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toWire(member)]));
  }
  return value;
}

export function encodeAnswer(value: unknown): string {
  return serializeMethodResponse(toWire(value));
}

export function encodeFault(code: number, message: string): string {
  return serializeFault(toWire({ faultCode: code, faultString: message }));
}

/** The call in a request's body; undefined when it can't be decoded. */
export function decodeCall(body: string): Promise<{ method: string; params: unknown[] } | undefined> {
  return new Promise((resolve) => {
    // The deserializer may call back twice, with an error and without; the first counts.
    new DeserializerClass().deserializeMethodCall(Readable.from([body]), (error, method, params) => {
      if (error instanceof Error || method === undefined) resolve(undefined);
      else resolve({ method, params: params ?? [] });
    });
  });
}
