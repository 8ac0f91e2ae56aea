// What a client may ask for, and how much at once. Every limit has a default, and names itself when it is reached.

import { GraphQLError } from "graphql";

/** Of one operation. */
export interface QueryLimits {
  /** Lexical tokens in the document; the largest of our own examples has some 200. */
  readonly tokens: number;
  /** Levels of fields, those of fragments included; introspection does not count. */
  readonly depth: number;
  /** Aliases, fragments laid out. */
  readonly aliases: number;
  /** How often one place of the document may select the same field. */
  readonly repeats: number;
  /** Directives, fragments laid out. */
  readonly directives: number;
  /** Fields of the query or mutation itself. */
  readonly rootFields: number;
  /** Estimated requests to the servers. */
  readonly cost: number;
  /** `first` and `last` of any list. Each list has a maximum of its own, which its description names. */
  readonly pageSize: number;
}

export interface ClientLimits {
  readonly query: QueryLimits;
  /** Body of a request over HTTP. */
  readonly bodyBytes: number;
  /** One message over a WebSocket. */
  readonly messageBytes: number;
  /** Members of objects and items of lists in the JSON of a body, or of a message over a WebSocket. */
  readonly jsonValues: number;
  /** One answer as JSON; of a subscription, each. */
  readonly answerBytes: number;
  /** Until a query or mutation has its answer; subscriptions have none. */
  readonly deadlineMs: number;
  readonly operationsPerSocket: number;
  /** Open connections of one address, WebSockets included; without proxies before Etna. */
  readonly connectionsPerAddress: number;
  /** WebSockets of one address. */
  readonly socketsPerAddress: number;
  /** Operations under way of one address, subscriptions included, over all transports. */
  readonly operationsPerAddress: number;
  /** Proxies before Etna that add to `X-Forwarded-For`; 0 takes the socket's own address. */
  readonly proxies: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  query: {
    ...{ tokens: 5_000, depth: 20, aliases: 100, repeats: 50, directives: 50, rootFields: 50, cost: 300 },
    pageSize: 1_000,
  },
  bodyBytes: 4 * 1024 * 1024,
  messageBytes: 256 * 1024,
  jsonValues: 20_000,
  answerBytes: 32 * 1024 * 1024,
  deadlineMs: 60_000,
  operationsPerSocket: 100,
  connectionsPerAddress: 2_000,
  socketsPerAddress: 1_000,
  operationsPerAddress: 5_000,
  proxies: 0,
};

/** What is not given is at its default. */
export interface ClientLimitsGiven extends Partial<Omit<ClientLimits, "query">> {
  readonly query?: Partial<QueryLimits>;
}

export function withDefaults({ query, ...rest }: ClientLimitsGiven = {}): ClientLimits {
  return { ...DEFAULT_CLIENT_LIMITS, ...rest, query: { ...DEFAULT_CLIENT_LIMITS.query, ...query } };
}

export interface Exceeded {
  /** As in the configuration, below `limits`, e.g. `query.depth`. */
  readonly limit: string;
  readonly asked: number;
  readonly allowed: number;
  /** In the limit's unit, and what to do about it. */
  readonly message: string;
}

/** `LIMIT_EXCEEDED`, which names the limit, what was asked and what is allowed, for people and for programs. */
export function limitError({ limit, asked, allowed, message }: Exceeded): GraphQLError {
  return new GraphQLError(`${limit}: ${message}`, { extensions: { code: "LIMIT_EXCEEDED", limit, asked, allowed } });
}

/** The parser's own refusal of a document with too many tokens, by the name of its limit; null for any other message. */
export function nameTokenLimit(parserMessage: string): GraphQLError | null {
  const [, tokens] = /Document contains more that (\d+) tokens/.exec(parserMessage) ?? [];
  if (tokens === undefined) return null;
  const allowed = Number(tokens);
  return limitError({
    limit: "query.tokens",
    // The parser gives up at the first one too many.
    asked: allowed + 1,
    allowed,
    message: `the document has more than ${allowed} tokens; ask for less at a time`,
  });
}
