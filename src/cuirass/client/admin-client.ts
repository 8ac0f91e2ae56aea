// What changes something at a Cuirass server (cuirass.md, sections 4.1 and 4.6). Cuirass asks nobody who he is: a
// reverse proxy before it does, with the credentials given here. They go with these requests only.

import { UpstreamError } from "../../errors.js";
import type { UpstreamErrorKind } from "../../errors.js";
import { asChange } from "../../net/change.js";
import { decode, parseJson } from "../../net/decode.js";
import type { ClientCertificate, HttpClient, HttpReply } from "../../net/http.js";
import type { Authorization } from "../../net/authorization.js";
import type { Secret } from "../../net/secret.js";
import type { CuirassBuildId, CuirassEvaluationId, QueryText } from "../protocol/ids.js";
import { wireDashboard } from "../protocol/wire.js";

/** For HTTP's Basic authentication. */
export interface CuirassLogin {
  readonly username: string;
  readonly password: Secret;
}

export interface CuirassCredentials {
  readonly login: CuirassLogin | null;
  /** As Cuirass' manual recommends it. */
  readonly certificate: ClientCertificate | null;
}

/** What can be done to an evaluation, in Cuirass' words. */
export type EvaluationChange = "restart" | "cancel" | "retry";

interface WriteRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The path with ids as words, for errors and logs. */
  readonly route: string;
}

/** Tried once each: nearly all are GETs, but none is a read. Methods throw `UpstreamError`. */
export class CuirassAdmin {
  constructor(
    private readonly http: HttpClient,
    private readonly login: CuirassLogin | null,
    /** Called after each try: something may have changed. */
    private readonly onWritten: () => void,
  ) {}

  /** In whose name; null without a password. */
  get user(): string | null {
    return this.login?.username ?? null;
  }

  /** Asks for an evaluation; false when there is no such specification. Says nothing of what comes of it. */
  async evaluate(specification: string): Promise<boolean> {
    const request: WriteRequest = {
      method: "POST",
      path: `/jobset/${encodeURIComponent(specification)}/hook/evaluate`,
      route: "/jobset/NAME/hook/evaluate",
    };
    return this.#change(request, (reply) => {
      if (reply.status === 404 && isJson(reply)) return false;
      if (reply.status !== 200) throw this.#failure(request, reply);
      return true;
    });
  }

  /** Says nothing of whether there is such a build. */
  async restartBuild(id: CuirassBuildId): Promise<void> {
    await this.#redirected({ method: "GET", path: `/admin/build/${id}/restart`, route: "/admin/build/ID/restart" });
  }

  /** The evaluation must exist. */
  async changeEvaluation(id: CuirassEvaluationId, change: EvaluationChange): Promise<void> {
    const [path, route] = [`/admin/evaluation/${id}/${change}`, `/admin/evaluation/ID/${change}`];
    await this.#redirected({ method: "GET", path, route });
  }

  /** The new dashboard's id; null when there is no such specification. The names are not looked at. */
  async registerDashboard(specification: QueryText, names: readonly QueryText[]): Promise<string | null> {
    const route = "/api/dashboard/register";
    const path = `${route}?spec=${specification}&names=${names.join(",")}`;
    const request: WriteRequest = { method: "GET", path, route };
    return this.#change(request, (reply) => {
      // The empty 500 of an uncaught exception.
      if (reply.status === 500 && reply.body.length === 0) return null;
      if (reply.status !== 200) throw this.#failure(request, reply);
      const origin = this.#origin(request);
      return decode(origin, wireDashboard, parseJson(origin, reply.body)).id;
    });
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** Cuirass answers with a redirect to what was changed, which is not followed. */
  async #redirected(request: WriteRequest): Promise<void> {
    return this.#change(request, (reply) => {
      if (reply.status !== 302) throw this.#failure(request, reply);
      if (/\/(build|eval|jobset)\//.test(reply.headers.location ?? "")) return;
      const message = "answered with a redirect that is not Cuirass': a proxy's login page?";
      throw new UpstreamError({ ...this.#origin(request), kind: "UpstreamDenied", status: 302, message });
    });
  }

  /** Asks for a change, once; `judge` says what its answer means. */
  #change<T>(request: WriteRequest, judge: (reply: HttpReply) => T): Promise<T> {
    const { method, path } = request;
    const { operation } = this.#origin(request);
    const authorization = this.#authorization();
    return asChange(async () => {
      try {
        return judge(await this.http.request({ operation, method, path, safe: false, authorization }));
      } finally {
        this.onWritten();
      }
    });
  }

  #authorization(): Authorization | null {
    return this.login === null ? null : { scheme: "Basic", user: this.login.username, secret: this.login.password };
  }

  #origin({ method, route }: WriteRequest) {
    return { server: this.http.server, operation: `${method} ${route}` };
  }

  #failure(request: WriteRequest, { status }: HttpReply): UpstreamError {
    const denied = status === 401 || status === 403;
    const kind: UpstreamErrorKind = denied
      ? "UpstreamDenied"
      : status >= 500
        ? "UpstreamFailed"
        : status >= 400
          ? "UpstreamRejected"
          : "UpstreamMalformed";
    const hint = denied ? ": the proxy before it wants other `credentials` than the configuration has" : "";
    return new UpstreamError({ ...this.#origin(request), kind, status, message: `answered ${status}${hint}` });
  }
}

function isJson({ headers }: HttpReply): boolean {
  return (headers["content-type"] ?? "").includes("json");
}
