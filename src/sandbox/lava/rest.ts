// REST v0.2 (lava.md section 3): who is asking, which resource, what goes wrong before a resource is reached.
import { type Call, type Handling, html, json, notFoundPage, type Reply, ReplyWith, userOfToken } from "./http.js";
import type { Viewer } from "./lab.js";
import type { LavaServer } from "./lava-server.js";
import { methodNotAllowed, type RestCall } from "./rest-call.js";
import { jobRoutes } from "./rest-jobs.js";
import { labRoutes } from "./rest-lab.js";
import { resultRoutes } from "./rest-results.js";
import { systemRoutes } from "./rest-system.js";

const BASE = "/api/v0.2/";

interface Route {
  readonly method: string;
  readonly template: string;
  readonly pattern: RegExp;
  readonly answer: (call: RestCall) => Reply;
}

const ROUTES: readonly Route[] = Object.entries({ ...jobRoutes, ...resultRoutes, ...labRoutes, ...systemRoutes }).map(
  ([key, answer]) => {
    const [method = "", template = ""] = key.split(" ");
    return { method, template, pattern: new RegExp(`^${template.replaceAll("ID", "([^/]+)")}$`), answer };
  },
);

/** The rest path of one call, or undefined when it is none of REST's. */
export function handleRest(server: LavaServer, call: Call): Handling | undefined {
  if (!call.path.startsWith(BASE)) return undefined;
  const lie = (value: unknown): Reply => json(200, value);
  const path = call.path.slice(BASE.length);
  const whole = path === "" || path.endsWith("/") ? path : `${path}/`;
  const matching = ROUTES.filter(({ pattern }) => pattern.test(whole));
  const [any] = matching;
  if (any === undefined) return { route: `${call.method} (unknown)`, lie, answer: notFoundPage };
  if (whole !== path)
    return { route: `${call.method} ${any.template}`, lie, answer: () => redirect(`${call.path}/`, call) };
  const route = matching.find(({ method }) => method === call.method);
  const answer = (): Reply => {
    const viewer = authenticate(call);
    if (server.requireLogin && viewer === undefined) return loginPage(call);
    if (route === undefined) return methodNotAllowed(call);
    const refusal = negotiate(call);
    if (refusal !== undefined) return refusal;
    const ids = (route.pattern.exec(path) ?? []).slice(1).map(decodeURIComponent);
    return route.answer({ ...call, server, viewer, ids });
  };
  return { route: `${call.method} ${(route ?? any).template}`, lie, answer };
}

export function loginPage(call: Call): Reply {
  return redirectTo(302, `/accounts/login/?next=${encodeURIComponent(call.path)}`);
}

function redirect(path: string, call: Call): Reply {
  const query = call.query.toString();
  return redirectTo(301, query === "" ? path : `${path}?${query}`);
}

function redirectTo(status: number, location: string): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8", location }, body: "" };
}

// Only `Token SECRET` counts; other schemes are anonymous, silently.
function authenticate(call: Call): Viewer {
  const [scheme = "", secret, ...rest] = (call.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "token") return undefined;
  if (secret === undefined || secret === "") {
    throw new ReplyWith(json(403, { detail: "Invalid token header. No credentials provided." }));
  }
  if (rest.length > 0) {
    throw new ReplyWith(json(403, { detail: "Invalid token header. Token string should not contain spaces." }));
  }
  const user = userOfToken(secret);
  if (user === undefined) throw new ReplyWith(json(403, { detail: "Invalid token." }));
  return user;
}

function negotiate(call: Call): Reply | undefined {
  const accepted = (call.headers.accept ?? "*/*").split(",").map((part) => (part.split(";")[0] ?? "").trim());
  for (const type of accepted) {
    if (type === "*/*" || type === "application/*" || type === "application/json") return undefined;
    if (type === "text/html" || type === "text/*")
      return html(200, "<!DOCTYPE html>\n<html><body>browsable API</body></html>\n");
  }
  return json(406, { detail: "Could not satisfy the request Accept header." });
}
