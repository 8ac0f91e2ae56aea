// Finds the route of a request to the Cuirass sandbox (cuirass.md, section 4).

import { bareFailure, notFound, type Answer } from "./answers.js";
import { API_ROUTES } from "./api-routes.js";
import { FILE_ROUTES } from "./file-routes.js";
import type { HttpRequest } from "./http.js";
import { parseQuery, UncaughtException } from "./query.js";
import type { Context, Route } from "./route.js";

interface Compiled extends Route {
  readonly parts: readonly string[];
  readonly template: string;
}

function split(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

// Words come before capitals, so that /eval/latest is not taken for an evaluation named "latest".
const ROUTES: readonly Compiled[] = [...API_ROUTES, ...FILE_ROUTES]
  .map((route) => ({
    ...route,
    parts: split(route.pattern),
    template: `${route.method} ${route.pattern.replace("/*", "")}`,
  }))
  .sort((one, other) => Number(one.pattern.includes("ID")) - Number(other.pattern.includes("ID")));

function match(parts: readonly string[], path: readonly string[]): string[] | null {
  const open = parts.at(-1) === "*";
  const fixed = open ? parts.slice(0, -1) : parts;
  if (open ? path.length < fixed.length : path.length !== fixed.length) return null;
  const args: string[] = [];
  for (const [index, part] of fixed.entries()) {
    const actual = path[index] ?? "";
    if (/^[A-Z]+$/.test(part)) args.push(actual);
    else if (part !== actual) return null;
  }
  return args;
}

function decodedParts(path: string): string[] | null {
  try {
    return split(path).map((part) => decodeURIComponent(part));
  } catch {
    return null;
  }
}

function find(request: HttpRequest): { route: Compiled; args: string[] } | null {
  const path = decodedParts(request.path);
  if (path === null) return null;
  for (const route of ROUTES) {
    const args = route.method === request.method ? match(route.parts, path) : null;
    if (args !== null) return { route, args };
  }
  return null;
}

/** The name a request is counted under: `GET /build/ID`, or `GET (unknown)`. */
export function routeTemplate(request: HttpRequest): string {
  return find(request)?.route.template ?? `${request.method} (unknown)`;
}

/** Answers a request as Cuirass would; an uncaught exception becomes a bare 500. */
export function answerRequest(context: Context, request: HttpRequest): Answer {
  const found = find(request);
  if (found === null) return notFound(request.path);
  try {
    const parameters = parseQuery(request.query);
    return found.route.handle(context, { path: request.path, args: found.args, parameters });
  } catch (error) {
    if (error instanceof UncaughtException || error instanceof URIError) return bareFailure();
    throw error;
  }
}
