// LAVA's XML-RPC over HTTP: Basic with user and token, faults that come with status 200, and `system.multicall`.

import { UpstreamError } from "../../errors.js";
import type { UpstreamErrorKind } from "../../errors.js";
import { malformed } from "../../net/decode.js";
import type { Ask } from "../../net/ask.js";
import type { Authorization } from "../../net/authorization.js";
import type { Upstream, UpstreamRequest } from "../../cache/upstream.js";
import { asChange } from "../../net/change.js";
import type { Keep } from "./keep.js";
import { XmlRpcSyntaxError, decodeResponse, encodeCall } from "../../codec/xml-rpc-codec.js";
import type { RpcParam, RpcValue } from "../../codec/xml-rpc-codec.js";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly RpcParam[];
}

/** A call whose answer may be remembered. */
export interface KeptCall extends RpcCall {
  readonly keep: Keep;
}

/**
 * Calls in one `system.multicall`. One worker of the server makes all of them, and each costs what it costs alone (lava.md,
 * section 9), so that many keep their worker for seconds. Therefore they never take the last place at the server (they are
 * `bulk`), two requests are enough to keep a server of two cores busy, and they are small while others wait.
 */
const MULTICALL_MIN = 5;
/** And at most: some 3 s of one worker. */
const MULTICALL_MAX = 50;
/** Requests side by side. */
const MULTICALL_PARALLEL = 2;

/** Calls of LAVA's XML-RPC interface. Reads are tried once more after a lost connection, `write`s never. */
export class LavaXmlRpc {
  constructor(
    private readonly upstream: Upstream,
    /** The asker's name, which Basic wants besides the token; null for anonymous. */
    private readonly userOf: (ask: Ask) => Promise<string | null>,
    /** Told when the server takes name and token for no user of its own. */
    private readonly refused: (ask: Ask) => void = () => undefined,
  ) {}

  /** Throws `UpstreamError`, for faults too: 401 and 403 denied, 400 and 404 rejected, negative codes failed. */
  async call(method: string, params: readonly RpcParam[], ask: Ask, maxBytes = Infinity): Promise<RpcValue> {
    return this.#send(method, params, ask, true, maxBytes);
  }

  /** The same for a call that changes something: made once. */
  async write(method: string, params: readonly RpcParam[], ask: Ask): Promise<RpcValue> {
    return this.#send(method, params, ask, false, Infinity);
  }

  async #send(
    method: string,
    params: readonly RpcParam[],
    ask: Ask,
    safe: boolean,
    maxBytes: number,
  ): Promise<RpcValue> {
    const request: UpstreamRequest = {
      operation: `RPC ${method}`,
      method: "POST",
      safe,
      maxBytes,
      path: "/RPC2",
      headers: { "content-type": "text/xml" },
      authorization: await this.authorization(ask),
      body: encodeCall(method, params),
    };
    return safe ? this.#answer(method, request, ask) : asChange(() => this.#answer(method, request, ask));
  }

  async #answer(method: string, request: UpstreamRequest, ask: Ask): Promise<RpcValue> {
    const origin = { server: this.upstream.server, operation: method };
    const reply = await this.upstream.request(request, ask);
    if (reply.status !== 200) {
      const kind = [302, 400, 401, 403].includes(reply.status)
        ? "UpstreamDenied"
        : reply.status >= 500
          ? "UpstreamFailed"
          : "UpstreamRejected";
      if (kind === "UpstreamDenied") this.refused(ask);
      throw new UpstreamError({ ...origin, kind, status: reply.status, message: `answered ${reply.status}` });
    }
    try {
      const answer = decodeResponse(reply.body);
      if (answer.kind === "fault") throw fault(origin, answer.code, answer.text);
      return answer.value;
    } catch (error) {
      if (error instanceof XmlRpcSyntaxError) throw malformed(origin, error.message, error);
      throw error;
    }
  }

  /**
   * Many calls in one request, answered in order by one worker of the server. A call that faults is an error in its own
   * place; the others stand. Throws `BodyTooLarge` for an answer of more than `maxBytes`.
   */
  async multicall(calls: readonly RpcCall[], ask: Ask, maxBytes = Infinity): Promise<(RpcValue | UpstreamError)[]> {
    return this.#sendMany(calls, ask, true, maxBytes);
  }

  /** The same for calls that change something: made once. */
  async writeMany(calls: readonly RpcCall[], ask: Ask): Promise<(RpcValue | UpstreamError)[]> {
    return this.#sendMany(calls, ask, false, Infinity);
  }

  async #sendMany(
    calls: readonly RpcCall[],
    ask: Ask,
    safe: boolean,
    maxBytes: number,
  ): Promise<(RpcValue | UpstreamError)[]> {
    const params = calls.map(({ method, params }) => ({ methodName: method, params: [...params] }));
    // However urgent: it keeps a worker of the server as long as its calls do one after the other.
    const claim = { ...ask.claim, priority: ask.claim.priority ?? ("bulk" as const) };
    const as = safe && calls.length > 1 ? { ...ask, claim } : ask;
    const answers = await this.#send("system.multicall", [params], as, safe, maxBytes);
    const origin = { server: this.upstream.server, operation: "system.multicall" };
    const told = (error: UpstreamError) => (safe ? error : error.ofChange());
    if (!Array.isArray(answers) || answers.length !== calls.length) {
      const count = Array.isArray(answers) ? answers.length : typeof answers;
      throw told(malformed(origin, `expected ${calls.length} answers, got ${count}`));
    }
    return answers.map((answer, at) => {
      if (Array.isArray(answer) && answer.length === 1) return answer[0] ?? null;
      const operation = calls[at]?.method ?? "system.multicall";
      if (typeof answer === "object" && answer !== null && "faultCode" in answer) {
        const reason = typeof answer.faultString === "string" ? answer.faultString : "no reason given";
        return told(fault({ ...origin, operation }, Number(answer.faultCode), reason));
      }
      const message = "an answer inside system.multicall is neither a value nor a fault";
      return told(malformed({ ...origin, operation }, message));
    });
  }

  /** `call`, from the cache where it is there. */
  async callKept({ method, params, keep }: KeptCall, ask: Ask): Promise<RpcValue> {
    const read = { key: keyOf({ method, params }), viewer: ask.viewer, ...keep };
    return this.upstream.read(read, ask, (fetching) => this.call(method, params, fetching));
  }

  /** `multicall` for what is not cached; faults are not cached. */
  async multicallKept(calls: readonly KeptCall[], ask: Ask): Promise<(RpcValue | UpstreamError)[]> {
    const reads = calls.map(({ keep, ...call }) => ({ key: keyOf(call), viewer: ask.viewer, ...keep }));
    const answers = await this.upstream.readMany<RpcValue>(reads, ask, async (fetching, places) =>
      this.multicall(
        places.flatMap((place) => calls[place] ?? []),
        fetching,
      ),
    );
    return answers.map((answer) => {
      if (answer instanceof Error && !(answer instanceof UpstreamError)) throw answer;
      return answer;
    });
  }

  /** What XML-RPC and the websocket want of the asker; null for anonymous. Asks for the user's name once. */
  async authorization(ask: Ask): Promise<Authorization | null> {
    const user = await this.userOf(ask);
    return user === null || ask.token === null ? null : { scheme: "Basic", user, secret: ask.token };
  }
}

function keyOf({ method, params }: RpcCall): string {
  return `${method} ${JSON.stringify(params)}`;
}

const FAULT_TEXT_MAX = 300;

function fault(
  origin: { readonly server: string; readonly operation: string },
  code: number,
  text: string,
): UpstreamError {
  const kinds: Readonly<Record<number, UpstreamErrorKind>> = {
    400: "UpstreamRejected",
    401: "UpstreamDenied",
    403: "UpstreamDenied",
    404: "UpstreamRejected",
    [-32601]: "UpstreamRejected",
  };
  const message = `fault ${code}: ${text.replace(/\s+/g, " ").slice(0, FAULT_TEXT_MAX)}`;
  return new UpstreamError({ ...origin, kind: kinds[code] ?? "UpstreamFailed", status: code, message });
}

/** How many calls are spread over requests. @param isCrowded whether others wait for a place at the server. */
export function multicallParts<T>(calls: readonly T[], isCrowded: boolean): T[][] {
  const share = Math.min(MULTICALL_MAX, Math.ceil(calls.length / MULTICALL_PARALLEL));
  const size = isCrowded ? MULTICALL_MIN : Math.max(MULTICALL_MIN, share);
  return Array.from({ length: Math.ceil(calls.length / size) }, (_, at) => calls.slice(at * size, (at + 1) * size));
}
