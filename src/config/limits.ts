// What the configuration says of clients: how much they may ask for, which pages may call, and what they are shown.

import { z } from "zod";
import { readDocuments } from "./trusted-documents.js";

/** Limits of what a client may ask for; those that are absent are at their defaults. */
export interface ClientLimitsConfig {
  readonly query?: Readonly<Partial<Record<QueryLimitKey, number>>>;
  readonly bodyBytes?: number;
  readonly messageBytes?: number;
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

const count = (max: number, min = 1) => z.coerce.number().int().min(min).max(max).optional();

/** Keys below `limits`. */
export const clientLimitKeys = {
  query: z
    .strictObject({
      tokens: count(1_000_000),
      depth: count(1_000),
      aliases: count(100_000, 0),
      repeats: count(100_000),
      directives: count(100_000, 0),
      rootFields: count(10_000),
      cost: count(1_000_000),
      pageSize: count(100_000),
    })
    .optional(),
  bodyBytes: count(1024 ** 3),
  messageBytes: count(1024 ** 3),
  answerBytes: count(1024 ** 3),
  deadlineSeconds: z.coerce.number().min(0.1).max(3_600).optional(),
  operationsPerSocket: count(100_000),
  connectionsPerAddress: count(1_000_000),
  socketsPerAddress: count(1_000_000),
  operationsPerAddress: count(1_000_000),
  proxies: count(10, 0),
};

/** Keys beside `limits`. */
export const clientKeys = {
  production: z.boolean().optional(),
  introspection: z.boolean().optional(),
  graphiql: z.boolean().optional(),
  page: z.boolean().optional(),
  suggestions: z.boolean().optional(),
  cors: z
    .strictObject({
      origins: z.array(z.string().refine(isOrigin, "is not an origin: scheme, host and port, nothing after")),
    })
    .optional(),
  trustedDocuments: z.string().min(1).optional(),
};

export const CLIENT_EXAMPLES: Readonly<Record<string, string>> = {
  production: "true",
  introspection: "false",
  graphiql: "false",
  page: "false",
  suggestions: "true",
  cors: "{origins: [https://dashboard.example.org]}",
  "cors.origins": "[https://dashboard.example.org]",
  trustedDocuments: "/etc/etna/documents.json",
  "limits.query": "{depth: 20, cost: 300}",
  "limits.query.tokens": "5000",
  "limits.query.depth": "20",
  "limits.query.aliases": "100",
  "limits.query.repeats": "50",
  "limits.query.directives": "50",
  "limits.query.rootFields": "50",
  "limits.query.cost": "300",
  "limits.query.pageSize": "1000",
  "limits.bodyBytes": "4194304",
  "limits.messageBytes": "262144",
  "limits.answerBytes": "33554432",
  "limits.deadlineSeconds": "60",
  "limits.operationsPerSocket": "100",
  "limits.connectionsPerAddress": "2000",
  "limits.socketsPerAddress": "1000",
  "limits.operationsPerAddress": "5000",
  "limits.proxies": "1",
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
  const { bodyBytes, messageBytes, answerBytes } = entries;
  const { operationsPerSocket, connectionsPerAddress, socketsPerAddress, operationsPerAddress, proxies } = entries;
  return given({
    query: query === undefined ? undefined : given(query),
    bodyBytes,
    messageBytes,
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
