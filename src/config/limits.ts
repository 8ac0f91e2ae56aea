// What the configuration says of clients: how much they may ask for, which pages may call, and what they are shown.

import { z } from "zod";
import { key } from "../ci/config-keys.js";
import { readDocuments } from "./trusted-documents.js";

/** Limits of what a client may ask for; those that are absent are at their defaults. */
export interface ClientLimitsConfig {
  readonly query?: Readonly<Partial<Record<QueryLimitKey, number>>>;
  readonly bodyBytes?: number;
  readonly messageBytes?: number;
  readonly jsonValues?: number;
  readonly answerBytes?: number;
  readonly deadlineMs?: number;
  readonly operationsPerSocket?: number;
  readonly connectionsPerAddress?: number;
  readonly socketsPerAddress?: number;
  readonly operationsPerAddress?: number;
  readonly proxies?: number;
}

/** Towards clients. */
export interface ClientsConfig {
  readonly limits: ClientLimitsConfig;
  /** Origins whose pages may call from a browser, besides Etna's own, e.g. `https://dashboard.example.org`. */
  readonly origins: readonly string[];
  /** Whether pages of every server on this machine may call, too: in the demo only. */
  readonly loopbackOrigins?: boolean;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  /** Whether the live page is served; true where absent. */
  readonly page?: boolean;
  /** Whether errors may say which name was perhaps meant. */
  readonly suggestions: boolean;
  /** The only documents that run, by their SHA-256 in hexadecimal; null lets all run. */
  readonly trustedDocuments: ReadonlyMap<string, string> | null;
}

type QueryLimitKey = "tokens" | "depth" | "aliases" | "repeats" | "directives" | "rootFields" | "cost" | "pageSize";

const count = (max: number, byDefault: number, description: string, min = 1) =>
  key(
    z.coerce.number().int().min(min).max(max),
    String(byDefault),
    `${description} ${byDefault.toLocaleString("en-US")} by default.`,
  );

const queryKeys = {
  tokens: count(1_000_000, 5000, "Words and signs of a document."),
  depth: count(1_000, 20, "Fields within fields."),
  aliases: count(100_000, 100, "Aliases.", 0),
  repeats: count(100_000, 50, "Times that one field stands in one place."),
  directives: count(100_000, 50, "Directives.", 0),
  rootFields: count(10_000, 50, "Fields at the top."),
  cost: count(
    1_000_000,
    300,
    "Requests to the servers, estimated before the first is made; of introspection, one for 500 values.",
  ),
  pageSize: count(100_000, 1000, "`first` and `last` of any list; the schema names what each list takes by itself."),
};

/** Keys below `limits`. */
export const clientLimitKeys = {
  query: key(z.strictObject(queryKeys), "{depth: 20, cost: 300}", "What one operation may hold."),
  bodyBytes: count(1024 ** 3, 4_194_304, "Of a request's body."),
  messageBytes: count(1024 ** 3, 262_144, "Of a message over a WebSocket."),
  jsonValues: count(
    10_000_000,
    20_000,
    "Members of objects and items of lists in the JSON of a body, or of a message over a WebSocket.",
  ),
  answerBytes: count(1024 ** 3, 33_554_432, "Of each answer, as JSON."),
  deadlineSeconds: key(
    z.coerce.number().min(0.1).max(3_600),
    "60",
    "For a query or a mutation. 60 by default; subscriptions have none.",
  ),
  operationsPerSocket: count(100_000, 100, "Operations under way on one WebSocket."),
  connectionsPerAddress: count(
    1_000_000,
    2000,
    "Open connections of one client address, WebSockets too; not counted behind proxies.",
  ),
  socketsPerAddress: count(1_000_000, 1000, "Open WebSockets of one client address."),
  operationsPerAddress: count(1_000_000, 5000, "Operations under way of one client address, subscriptions too."),
  proxies: key(
    z.coerce.number().int().min(0).max(10),
    "1",
    "How many reverse proxies stand before Etna: a client's address is then taken from `X-Forwarded-For`. 0 by default.",
  ),
};

/** Keys beside `limits`. */
export const clientKeys = {
  production: key(
    z.boolean(),
    "true",
    "Whether introspection and GraphiQL are off. false by default; each has a key of its own, which wins.",
  ),
  introspection: key(z.boolean(), "false", "Whether the schema can be asked for."),
  graphiql: key(z.boolean(), "false", "Whether `/graphiql` is served."),
  page: key(z.boolean(), "false", "Whether the live page is served at `/`; true by default, also in production."),
  suggestions: key(
    z.boolean(),
    "true",
    "Whether errors guess which name was meant, which tells of the schema. false by default.",
  ),
  cors: key(
    z.strictObject({
      origins: z.array(z.string().refine(isOrigin, "is not an origin: scheme, host and port, nothing after")).meta({
        description: "Their origins. `--cors` stands in for it.",
        examples: ["[https://dashboard.example.org]"],
      }),
    }),
    "{origins: [https://dashboard.example.org]}",
    "Pages of other origins that may call from a browser, over HTTP and WebSocket; none by default.",
  ),
  trustedDocuments: key(
    z.string().min(1),
    "/etc/etna/documents.json",
    "File of the only documents that run, as `etna documents`, graphql-codegen's client-preset or Apollo write it. Without it, all run.",
  ),
};

type ClientEntries = z.infer<z.ZodObject<typeof clientKeys>>;
type LimitEntries = z.infer<z.ZodObject<typeof clientLimitKeys>>;

/** What is wrong goes to `faults`. */
export function readClients(entries: ClientEntries, limits: LimitEntries | undefined, faults: string[]): ClientsConfig {
  const { production = false, introspection, graphiql, page, suggestions, cors, trustedDocuments } = entries;
  return {
    limits: limits === undefined ? {} : readLimits(limits),
    origins: (cors?.origins ?? []).map((origin) => new URL(origin).origin),
    introspection: introspection ?? !production,
    graphiql: graphiql ?? !production,
    page: page ?? true,
    suggestions: suggestions ?? false,
    trustedDocuments: trustedDocuments === undefined ? null : readDocuments(trustedDocuments, faults),
  };
}

function readLimits({ query, deadlineSeconds, ...entries }: LimitEntries): ClientLimitsConfig {
  const { bodyBytes, messageBytes, jsonValues, answerBytes } = entries;
  const { operationsPerSocket, connectionsPerAddress, socketsPerAddress, operationsPerAddress, proxies } = entries;
  return given({
    query: query === undefined ? undefined : given(query),
    bodyBytes,
    messageBytes,
    jsonValues,
    answerBytes,
    deadlineMs: deadlineSeconds === undefined ? undefined : deadlineSeconds * 1000,
    operationsPerSocket,
    connectionsPerAddress,
    socketsPerAddress,
    operationsPerAddress,
    proxies,
  });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, "").toLowerCase();
}
