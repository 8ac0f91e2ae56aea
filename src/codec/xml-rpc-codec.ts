// XML-RPC as LAVA speaks it: calls to XML, answers from XML. No network here.
// Follows xmlrpc.com/spec, the nil extension and what Python's xmlrpc.client writes (lava.md, section 6.1).

import { SaxesParser } from "saxes";
import CustomType from "xmlrpc/lib/customtype.js";
import { serializeMethodCall } from "xmlrpc/lib/serializer.js";
import { InputRefused } from "../errors.js";
import { found } from "./found.js";
import { findIllegal, withStandIns, withoutStandIns } from "./xml-characters.js";

/** What a call can carry. Integers have 32 bits; a fraction is sent as a double, a Buffer as base64, null as nil. */
export type RpcParam =
  null | boolean | number | string | Buffer | readonly RpcParam[] | { readonly [name: string]: RpcParam };

/** What an answer can hold. A date is ISO text in UTC, `2026-11-22T03:24:17Z`; a double of nan or inf is null. */
export type RpcValue = null | boolean | number | string | Buffer | RpcValue[] | RpcStruct;

/** A struct, without prototype: no member name has a meaning of its own. */
export interface RpcStruct {
  readonly [name: string]: RpcValue;
}

/** A decoded answer. Faults come with HTTP status 200 too; their codes are in lava.md, section 6.2. */
export type RpcAnswer =
  | { readonly kind: "value"; readonly value: RpcValue }
  | { readonly kind: "fault"; readonly code: number; readonly text: string };

/** The answer is no XML-RPC; the message is one line with the place and what was found there. */
export class XmlRpcSyntaxError extends Error {
  override readonly name = "XmlRpcSyntaxError";
}

const VALUE_MAX_DEPTH = 64;
const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const CHUNK_BYTES = 64 * 1024;

/**
 * The XML of a call. Throws `InputRefused` for what would arrive as something else: undefined, bigint, integers beyond
 * 32 bits, nan, dates and other class instances, text that XML cannot carry, nesting beyond 64.
 */
export function encodeCall(method: string, params: readonly RpcParam[]): string {
  if (!/^[\w.:/]+$/.test(method)) throw new InputRefused("method", `${found(method)} is no method name`);
  return serializeMethodCall(
    method,
    params.map((param, index) => toSerializable(param, `params[${index}]`, 0)),
  );
}

/**
 * The serializer writes text with `&` or `<` as CDATA and protects only the first `]]>` in it, so that a second one
 * ends the parameter and lets the text add parameters of its own. As a custom type all text is escaped, CR included.
 */
class EscapedText extends CustomType {
  override tagName = "string";
}

function toSerializable(value: unknown, place: string, depth: number): unknown {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      checkNumber(value, place);
      return value;
    case "string":
      checkText(value, place);
      return value === "" ? "" : new EscapedText(value);
    case "object":
      if (value === null || Buffer.isBuffer(value)) return value;
      if (depth >= VALUE_MAX_DEPTH) throw new InputRefused(place, `nested more than ${VALUE_MAX_DEPTH} deep`);
      if (Array.isArray(value)) {
        return Array.from(value, (item: unknown, index) => toSerializable(item, `${place}[${index}]`, depth + 1));
      }
      return toSerializableStruct(value, place, depth);
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      throw new InputRefused(
        place,
        `XML-RPC has no ${typeof value}; null, numbers, text, lists and objects can be sent`,
      );
  }
}

function toSerializableStruct(value: object, place: string, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new InputRefused(place, `an instance of ${value.constructor.name} cannot be sent, only plain objects`);
  }
  const struct = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) {
    checkText(name, place);
    struct[name] = toSerializable(member, `${place}.${name}`, depth + 1);
  }
  return struct;
}

function checkNumber(value: number, place: string): void {
  const allowed = Number.isInteger(value) ? value >= INT32_MIN && value <= INT32_MAX : Number.isFinite(value);
  if (!allowed) throw new InputRefused(place, `${value} is outside what XML-RPC carries: ${INT32_MIN} to ${INT32_MAX}`);
}

function checkText(text: string, place: string): void {
  const illegal = findIllegal(text);
  if (illegal === null) return;
  const code = illegal.code.toString(16).toUpperCase().padStart(4, "0");
  throw new InputRefused(place, `character U+${code} at ${illegal.index} cannot be sent in XML; remove it`);
}

const VALUE_TYPES = [
  "string",
  "int",
  "i4",
  "i8",
  "boolean",
  "double",
  "dateTime.iso8601",
  "base64",
  "nil",
  "struct",
  "array",
];
const CHILDREN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["", new Set(["methodResponse"])],
  ["methodResponse", new Set(["params", "fault"])],
  ["params", new Set(["param"])],
  ["param", new Set(["value"])],
  ["fault", new Set(["value"])],
  ["value", new Set(VALUE_TYPES)],
  ["struct", new Set(["member"])],
  ["member", new Set(["name", "value"])],
  ["array", new Set(["data"])],
  ["data", new Set(["value"])],
]);
const REPEATING: ReadonlySet<string> = new Set(["struct", "member", "data"]);

interface Element {
  readonly name: string;
  text: string;
  /** Name of the last child, null before the first. */
  child: string | null;
  memberName: string | null;
  value: RpcValue | undefined;
}

/**
 * Decodes an answer (UTF-8 when a Buffer) in time and memory proportional to its size. Control characters that LAVA
 * left unescaped survive in text. Throws `XmlRpcSyntaxError` for anything that is not one whole answer, for a DTD, for
 * entities beyond XML's five and for nesting beyond 64.
 */
export function decodeResponse(body: Buffer | string): RpcAnswer {
  const decoder = new ResponseDecoder();
  if (typeof body === "string") {
    decoder.write(body);
    return decoder.end();
  }
  // Chunks keep the peak low, and a value that is cached holds on to its chunk instead of the whole body.
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < body.length; at += CHUNK_BYTES) {
      decoder.write(utf8.decode(body.subarray(at, at + CHUNK_BYTES), { stream: true }));
    }
    decoder.write(utf8.decode());
  } catch (error) {
    if (error instanceof TypeError) throw new XmlRpcSyntaxError("the answer is not UTF-8");
    throw error;
  }
  return decoder.end();
}

class ResponseDecoder {
  readonly #parser = new SaxesParser();
  readonly #root: Element = newElement("");
  readonly #open: Element[] = [this.#root];
  #top = this.#root;
  #depth = 0;

  constructor() {
    this.#parser.on("error", (error) => {
      throw new XmlRpcSyntaxError(error.message.replaceAll("\n", " "));
    });
    this.#parser.on("xmldecl", ({ encoding }) => {
      if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) this.#fail(`encoding ${found(encoding)}`);
    });
    this.#parser.on("doctype", () => this.#fail("a document type declaration"));
    this.#parser.on("opentag", (tag) => this.#onOpen(tag.name));
    this.#parser.on("closetag", () => this.#onClose());
    this.#parser.on("text", (text) => this.#onText(text));
    this.#parser.on("cdata", (text) => this.#onText(text));
  }

  write(text: string): void {
    this.#parser.write(withStandIns(text));
  }

  end(): RpcAnswer {
    this.#parser.close();
    const { value, memberName } = this.#root;
    if (value === undefined) throw new XmlRpcSyntaxError("the answer holds no value");
    if (memberName !== "fault") return { kind: "value", value };
    const fault = toFault(value);
    if (fault === null) throw new XmlRpcSyntaxError("a fault without faultCode (int) and faultString (string)");
    return fault;
  }

  #onOpen(name: string): void {
    const parent = this.#top;
    if (CHILDREN.get(parent.name)?.has(name) !== true) this.#fail(`<${name}> in ${shownElement(parent)}`);
    if (parent.child !== null && !REPEATING.has(parent.name))
      this.#fail(`a second child, <${name}>, in <${parent.name}>`);
    if (parent.name === "member" && (parent.child === null) !== (name === "name")) {
      this.#fail(`<${name}> out of turn in <member>`);
    }
    if (parent.name === "member" && parent.value !== undefined) this.#fail("a second <value> in <member>");
    if (parent.name === "value" && parent.text.trim() !== "") this.#fail(`text ${found(parent.text)} before <${name}>`);
    parent.child = name;
    const element = newElement(name);
    if (name === "struct" || name === "array") {
      if (++this.#depth > VALUE_MAX_DEPTH) this.#fail(`values nested more than ${VALUE_MAX_DEPTH} deep`);
      if (name === "struct") element.value = Object.create(null) as RpcStruct;
    }
    if (name === "data") element.value = [];
    this.#open.push(element);
    this.#top = element;
  }

  #onText(text: string): void {
    const element = this.#top;
    const { name, child } = element;
    if ((name === "value" && child === null) || name === "name" || !CHILDREN.has(name)) element.text += text;
    else if (text.trim() !== "") this.#fail(`text ${found(text.trim())} in ${shownElement(element)}`);
  }

  #onClose(): void {
    const element = this.#top;
    this.#open.pop();
    const parent = this.#open.at(-1) ?? this.#root;
    this.#top = parent;
    switch (element.name) {
      case "value":
        this.#deliver(parent, element.child === null ? withoutStandIns(element.text) : element.value);
        break;
      case "name":
        parent.memberName = withoutStandIns(element.text);
        break;
      case "member":
        this.#addMember(parent.value as Record<string, RpcValue>, element);
        break;
      case "methodResponse":
        parent.memberName = element.child;
        this.#deliver(parent, element.value);
        break;
      case "struct":
      case "array":
        this.#depth--;
        this.#deliver(parent, element.value);
        break;
      case "params":
      case "param":
      case "fault":
      case "data":
        this.#deliver(parent, element.value);
        break;
      default:
        this.#deliver(parent, this.#scalar(element.name, element.text));
    }
  }

  #deliver(parent: Element, value: RpcValue | undefined): void {
    if (value === undefined) this.#fail(`no value in ${shownElement(parent)}`);
    if (parent.name === "data") (parent.value as RpcValue[]).push(value);
    else parent.value = value;
  }

  #addMember(struct: Record<string, RpcValue>, member: Element): void {
    const { memberName, value } = member;
    if (memberName === null || value === undefined) this.#fail("a <member> without <name> and <value>");
    if (memberName in struct) this.#fail(`a second member ${found(memberName)}`);
    struct[memberName] = value;
  }

  #scalar(type: string, text: string): RpcValue {
    const trimmed = text.trim();
    switch (type) {
      case "string":
        return withoutStandIns(text);
      case "int":
      case "i4":
      case "i8": {
        const value = Number(trimmed);
        const max = type === "i8" ? Number.MAX_SAFE_INTEGER : INT32_MAX;
        if (/^[+-]?\d+$/.test(trimmed) && value <= max && value >= -max - (type === "i8" ? 0 : 1)) return value;
        break;
      }
      case "boolean":
        if (trimmed === "0" || trimmed === "1") return trimmed === "1";
        break;
      case "double":
        if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed)) {
          const value = Number(trimmed);
          return Number.isFinite(value) ? value : null;
        }
        if (/^[+-]?(nan|inf|infinity)$/i.test(trimmed)) return null;
        break;
      case "dateTime.iso8601": {
        const utc = toUtcDate(trimmed);
        if (utc !== null) return utc;
        break;
      }
      case "base64": {
        const packed = text.replace(/\s+/g, "");
        if (packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return Buffer.from(packed, "base64");
        break;
      }
      case "nil":
        if (trimmed === "") return null;
        break;
    }
    return this.#fail(`<${type}> holds ${found(trimmed)}`);
  }

  #fail(what: string): never {
    throw new XmlRpcSyntaxError(`${this.#parser.line}:${this.#parser.columnIndex}: ${what}`);
  }
}

function newElement(name: string): Element {
  return { name, text: "", child: null, memberName: null, value: undefined };
}

function shownElement(element: Element): string {
  return element.name === "" ? "place of <methodResponse>" : `<${element.name}>`;
}

const DATE = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d)Z?$/;

/** `20261122T03:24:17`, UTC without mark, to `2026-11-22T03:24:17Z`; null for another form or a day that does not exist. */
function toUtcDate(text: string): string | null {
  if (!DATE.test(text)) return null;
  const utc = text.replace(DATE, "$1-$2-$3T$4");
  const time = Date.parse(`${utc}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(utc) ? `${utc}Z` : null;
}

function toFault(value: RpcValue): Extract<RpcAnswer, { kind: "fault" }> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value) || Buffer.isBuffer(value)) return null;
  const { faultCode: code, faultString: text } = value;
  return typeof code === "number" && typeof text === "string" ? { kind: "fault", code, text } : null;
}
