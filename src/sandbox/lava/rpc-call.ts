// An XML-RPC call as the methods see it, and LAVA's faults (lava.md section 6.2).
import type { Viewer } from "./lab.js";
import type { LavaServer } from "./lava-server.js";

export class Fault extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = "Fault";
  }
}

export interface RpcContext {
  readonly server: LavaServer;
  readonly viewer: Viewer;
}

/** A method's parameters by position; null and undefined are both "not given". */
export type Params = readonly unknown[];
export type Method = (context: RpcContext, params: Params) => unknown;
export type Methods = Readonly<Record<string, Method>>;

const INTERNAL = "Internal Server Error (contact server administrator for details): ";

/** What a Python exception in a method becomes. */
export function internal(message: string): Fault {
  return new Fault(-32603, `${INTERNAL}${message}`);
}

export function required(params: Params, index: number, name: string, where: string): unknown {
  const value = params[index];
  if (value === undefined || value === null)
    throw internal(`${where}() missing 1 required positional argument: '${name}'`);
  return value;
}

export function needsUser(context: RpcContext): NonNullable<Viewer> {
  if (context.viewer === undefined) throw new Fault(401, "Authentication with user and token required for this API.");
  return context.viewer;
}

export const viewerName = (context: RpcContext): string => context.viewer?.name ?? "AnonymousUser";
