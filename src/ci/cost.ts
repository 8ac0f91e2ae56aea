// What a field costs its servers, in requests: the words in which each system writes its table (`costs.ts` beside its
// resolvers) for the estimate that is made before an operation runs. A field that is in no table costs nothing.

import { LIST_LIMITS } from "./page.js";
import type { PageLimits } from "./page.js";

/** What is known before anything is asked. */
export interface CostEnvironment {
  /** Configured servers of each kind, e.g. `{ lava: 2 }`. */
  readonly servers: Readonly<Record<string, number>>;
  /** How many of those find runs by what they name without a search: see `CiServer.isIndexed`. */
  readonly indexed?: Readonly<Record<string, number>>;
  /** Whether every server that knows users knows this viewer: some have their bulk forms for users only. */
  readonly viewerKnown: boolean;
}

/** One selection of a field, with its arguments as the resolver will get them. */
export interface CostAsk {
  readonly args: Readonly<Record<string, unknown>>;
  readonly environment: CostEnvironment;
}

/** A number, or how it follows from the arguments. */
export type Count = number | ((ask: CostAsk) => number);

/** Keys that a loader gathers from the fields of many objects, and asks for together. */
export interface Batch {
  /** Fields of the same loader share its requests. */
  readonly loader: string;
  /** Requests for so many keys that are asked for at the same time. */
  readonly requests: (keys: number, environment: CostEnvironment) => number;
  /** The type whose objects are the keys, where many objects of the field's own type share one, e.g. a case's job. */
  readonly keyedBy?: string;
}

export interface FieldCost {
  /** Requests for each object that the field is asked of. */
  readonly requests?: Count;
  readonly batch?: Batch;
  /** Objects in the answer for each object that it is asked of; 1 when left out. */
  readonly items?: Count;
  /** Of a connection. */
  readonly limits?: PageLimits;
}

/** By `Type.field`. */
export type CostTable = Readonly<Record<string, FieldCost>>;

/** Known without a request. Only for fields that have a method of their own: those that have none need no entry. */
export const FREE: FieldCost = {};

/** So many requests for each object. */
export function asks(requests: Count): FieldCost {
  return { requests };
}

/** Shared by all objects that are asked in the same moment. */
export function batched(batch: Batch, keyedBy?: string): FieldCost {
  return { batch: keyedBy === undefined ? batch : { ...batch, keyedBy } };
}

/** A connection: as many objects as `first` or `last` says. */
export function page(cost: FieldCost, limits: PageLimits = LIST_LIMITS): FieldCost {
  const items = ({ args: { first, last } }: CostAsk) => {
    const count = typeof first === "number" ? first : typeof last === "number" ? last : limits.default;
    return Math.min(Math.max(0, count), limits.max);
  };
  return { ...cost, items, limits };
}

/** A plain list of so many objects; an estimate where only the server knows. */
export function list(cost: FieldCost, items: Count): FieldCost {
  return { ...cost, items };
}

/** The number in an argument, or the length of the list in it; 1 for an argument left out. */
export function countOf(argument: string): (ask: CostAsk) => number {
  return ({ args }) => {
    const value = args[argument];
    return Array.isArray(value) ? value.length : typeof value === "number" ? Math.max(0, value) : 1;
  };
}

/** So many requests to each server of a kind; to one when the argument `server` names it. */
export function toEach(kind: string, requests = 1): (ask: CostAsk) => number {
  return ({ args, environment }) => requests * (args.server == null ? (environment.servers[kind] ?? 0) : 1);
}

/** A loader with room for so many keys in one request. */
export function sharing(loader: string, kind: string, room: number): Batch {
  return {
    loader,
    // Keys may lie on several servers, each with its own requests.
    requests: (keys, { servers }) => Math.min(keys, Math.ceil(keys / room) + Math.max(1, servers[kind] ?? 1) - 1),
  };
}

/** A loader that saves only the second request for the same key: the server has no bulk form. */
export function onceEach(loader: string): Batch {
  return { loader, requests: (keys) => keys };
}
