// XML-RPC at /RPC2 (lava.md section 6): who is asking, faults, multicall, the system methods.
import { type Call, type Handling, type Reply, userOfToken } from "./http.js";
import type { Viewer } from "./lab.js";
import { type LavaServer, masterConfig } from "./lava-server.js";
import { loginPage } from "./rest.js";
import { Fault, internal, type Methods, type Params, required, type RpcContext } from "./rpc-call.js";
import { decodeCall, encodeAnswer, encodeFault } from "./rpc-codec.js";
import { changeMethods } from "./rpc-changes.js";
import { jobMethods } from "./rpc-jobs.js";
import { labMethods } from "./rpc-lab.js";
import { queryMethods } from "./rpc-queries.js";
import { resultMethods } from "./rpc-results.js";

const systemMethods: Methods = {
  "system.version": ({ server }) => server.generation.version,
  "system.api_version": () => 2,
  "system.whoami": ({ viewer }) => viewer?.name ?? null,
  "system.master_config": ({ server }) => masterConfig(server),
  "system.listMethods": () => Object.keys(METHODS).sort(),
  "system.methodHelp": ({ server }, params) =>
    `${known(params[0])}: see the manual of LAVA ${server.generation.version}`,
  "system.methodSignature": (_, params) => {
    return known(params[0]) === "system.methodHelp" ? ["str", "str"] : "undef";
  },
  "system.multicall": (context, params) => {
    const calls = required(params, 0, "calls", "SystemAPI.multicall");
    if (!Array.isArray(calls)) throw new Fault(-32602, "Invalid parameters");
    return calls.map((one: unknown) => {
      try {
        return [inner(context, one)];
      } catch (error) {
        const { code, message } = asFault(error);
        return { faultCode: code, faultString: message };
      }
    });
  },
};

const METHODS: Methods = {
  ...systemMethods,
  ...jobMethods,
  ...labMethods,
  ...changeMethods,
  ...resultMethods,
  ...queryMethods,
};

function known(name: unknown): string {
  const text = typeof name === "string" ? name : "";
  if (!(text in METHODS)) throw new Fault(-32601, `No such method: '${text}'`);
  return text;
}

function inner(context: RpcContext, one: unknown): unknown {
  const { methodName, params } = typeof one === "object" && one !== null ? (one as Record<string, unknown>) : {};
  if (typeof methodName !== "string" || !Array.isArray(params)) throw new Fault(-32602, "Malformed multicall entry");
  return invoke(context, methodName, params);
}

function invoke(context: RpcContext, name: string, params: Params): unknown {
  const method = METHODS[known(name)];
  return method?.(context, params) ?? null;
}

function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : internal(error instanceof Error ? error.message : "unknown");
}

function xml(body: string): Reply {
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8", ...headers }, body };
}

/** One call at /RPC2, or undefined when the path is another. */
export async function handleRpc(server: LavaServer, call: Call): Promise<Handling | undefined> {
  if (call.path !== "/RPC2" && call.path !== "/RPC2/") return undefined;
  const lie = (value: unknown): Reply => xml(encodeAnswer(value));
  if (call.method !== "POST" || call.body === "") {
    return { route: `${call.method} RPC2`, lie, answer: () => plain(302, "", { location: "/api/help/" }) };
  }
  const decoded = await decodeCall(call.body);
  const answer = (): Reply => {
    const auth = authenticate(call);
    if ("refused" in auth) return auth.refused;
    if (server.requireLogin && auth.viewer === undefined) return loginPage(call);
    if (decoded === undefined) return xml(encodeFault(-32603, "Unable to decode request"));
    try {
      return xml(encodeAnswer(invoke({ server, viewer: auth.viewer }, decoded.method, decoded.params)));
    } catch (error) {
      const { code, message } = asFault(error);
      return xml(encodeFault(code, message));
    }
  };
  if (decoded === undefined) return { route: "RPC (not a call)", lie, answer };
  return { route: `RPC ${decoded.method}`, rpcMethod: decoded.method, lie, answer };
}

function authenticate(call: Call): { readonly viewer: Viewer } | { readonly refused: Reply } {
  const header = call.headers.authorization;
  if (header === undefined) return { viewer: undefined };
  const [scheme = "", value = ""] = header.split(" ");
  if (scheme.toLowerCase() !== "basic") return { refused: plain(400, "Invalid HTTP_AUTHORIZATION header") };
  const [name = "", token = ""] = Buffer.from(value, "base64").toString("utf8").split(":");
  const user = userOfToken(token);
  if (user?.name !== name) {
    return {
      refused: plain(401, "Invalid token", { "www-authenticate": 'Basic realm="XML-RPC Authentication token"' }),
    };
  }
  return { viewer: user };
}
