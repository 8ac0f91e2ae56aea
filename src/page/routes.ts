// The page's addresses: made here, read here. Everything that a reader has chosen is in them.

/** Without the gateway's own folder, which the router knows. */
export const routes = {
  wall: "/",
  boards: "/boards",
  jobs: "/jobs",
  queue: "/queue",
  builds: "/builds",
  evaluations: "/evaluations",
  compare: "/compare",
  search: "/search",
  events: "/events",
  board: (server: string, hostname: string) => `/board/${encodeURIComponent(server)}/${encodeURIComponent(hostname)}`,
  job: (server: string, jobId: string) => `/job/${encodeURIComponent(server)}/${encodeURIComponent(jobId)}`,
  build: (server: string, buildId: number) => `/build/${encodeURIComponent(server)}/${buildId}`,
  evaluation: (server: string, evaluationId: number) => `/evaluation/${encodeURIComponent(server)}/${evaluationId}`,
} as const;

/** Keys with their values; those without a value are left out. */
export type Choices = Readonly<Record<string, string | readonly string[] | null | undefined>>;

/** `path?a=1&a=2`, in the order of the keys. */
export function withChoices(path: string, choices: Choices): string {
  const query = queryOf(choices);
  return query === "" ? path : `${path}?${query}`;
}

export function queryOf(choices: Choices): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(choices)) {
    if (value == null) continue;
    for (const one of typeof value === "string" ? [value] : value) if (one !== "") params.append(key, one);
  }
  // Readable: these need no escape in a query.
  return params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
}

/** The query with some keys put in place of those that were there; null takes a key out. */
export function changed(query: string, change: Choices): string {
  const params = new URLSearchParams(query);
  const next: Record<string, string | readonly string[] | null | undefined> = {};
  for (const key of new Set(params.keys())) next[key] = params.getAll(key);
  return queryOf({ ...next, ...change });
}

/** Values of an enum that an address names, in capitals or not; unknown ones are left out, none is null. */
export function readEnums<T extends string>(params: URLSearchParams, key: string, known: readonly T[]): T[] | null {
  const asked = params.getAll(key).flatMap((value) => value.toUpperCase().split(","));
  const found = known.filter((value) => asked.includes(value));
  return found.length === 0 ? null : found;
}

/** Null for absent and empty. */
export function readText(params: URLSearchParams, key: string): string | null {
  const value = params.get(key)?.trim();
  return value === undefined || value === "" ? null : value;
}

export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** `#L120` and `#L120-L140`, in whichever order; null for anything else. */
export function readRange(hash: string): LineRange | null {
  const [, from, to] = /^#?L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(hash) ?? [];
  if (from === undefined) return null;
  const [a, b] = [Number(from), Number(to ?? from)];
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

export function rangeHash({ first, last }: LineRange): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`;
}
