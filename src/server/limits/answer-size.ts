// How large an answer may become: counted field by field while it is put together, so that no more than about so much is
// ever held. What JSON adds (escapes, characters of several bytes) is counted when it is written.

import {
  TypeNameMetaFieldDef,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  defaultFieldResolver,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { FormattedExecutionResult, GraphQLError, GraphQLField, GraphQLSchema } from "graphql";
import type { RequestContext } from "../../ci/session.js";
import { limitError } from "./limits.js";

/** Quotes, colon and comma around a field. */
const FIELD_BYTES = 4;
const OBJECT_BYTES = 3;
/** Of a number, a boolean, a date. */
const SCALAR_BYTES = 5;

type AnyField = GraphQLField<unknown, Partial<RequestContext> | undefined>;

type AnswerCount = NonNullable<RequestContext["scope"]["answerSize"]>;

const counted = new WeakSet<object>();

/** Has every field of a schema, introspection included, count what it adds to its operation's answer. */
export function countAnswers(schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  for (const field of [...fields, TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef]) {
    // A schema is used for several servers in one process, and the fields of introspection belong to all schemas.
    if (counted.has(field)) continue;
    counted.add(field);
    count(field);
  }
}

function count(field: AnyField): void {
  const { resolve = defaultFieldResolver, type } = field;
  const measure = isLeafType(getNamedType(type)) ? sizeOfLeaf : sizeOfObjects;
  field.resolve = (source, args, context, info) => {
    const size = context?.scope?.answerSize;
    if (size == null) return resolve(source, args, context, info);
    if (size.isExceeded) {
      // The answer is given up; what is left of its execution is to end soon.
      if (isNonNullType(type)) throw size.error;
      return null;
    }
    const { key } = info.path;
    if (typeof key === "string") size.add(key.length + FIELD_BYTES);
    const value: unknown = resolve(source, args, context, info);
    if (value instanceof Promise) {
      value.then(
        (later: unknown) => size.add(measure(later)),
        () => undefined,
      );
    } else {
      size.add(measure(value));
    }
    return value;
  };
}

function sizeOfObjects(value: unknown): number {
  return Array.isArray(value) ? OBJECT_BYTES * (1 + value.length) : OBJECT_BYTES;
}

/** Of text, a list of it, or a scalar that is an object. */
function sizeOfLeaf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 1 + sizeOfLeaf(item), 2);
  if (typeof value !== "object" || value === null || value instanceof Date) return SCALAR_BYTES;
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + FIELD_BYTES + sizeOfLeaf(item), 2);
}

/** Of one answer. */
export class AnswerSize implements AnswerCount {
  #bytes = 0;
  #error: GraphQLError | null = null;

  /** @param onExceeded called once, while the answer is put together. */
  constructor(
    readonly allowed: number,
    private readonly onExceeded: (error: GraphQLError) => void = () => undefined,
  ) {}

  get isExceeded(): boolean {
    return this.#error !== null;
  }

  get error(): GraphQLError {
    return (this.#error ??= answerTooLarge(this.#bytes, this.allowed));
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.allowed && this.#error === null) this.onExceeded(this.error);
  }

  /** The result as JSON, or why there is none. */
  write(result: FormattedExecutionResult): string | GraphQLError {
    if (this.isExceeded) return this.error;
    const json = JSON.stringify(result);
    // A character takes three bytes at most.
    if (3 * json.length <= this.allowed) return json;
    const bytes = Buffer.byteLength(json);
    return bytes <= this.allowed ? json : answerTooLarge(bytes, this.allowed);
  }
}

function answerTooLarge(asked: number, allowed: number): GraphQLError {
  return limitError({
    limit: "answerBytes",
    asked,
    allowed,
    message: `the answer is larger than ${allowed} bytes; ask for less at a time. A mutation has been executed nevertheless`,
  });
}
