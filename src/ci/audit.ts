// The audit trail: who has asked which server for which change, and what came of it.

import { UpstreamError } from "../errors.js";
import type { OperationOrigin } from "../net/ask.js";

/** Ids, names and states. Never a text of the client's in which a secret may stand, such as a definition. */
export type AuditDetails = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export interface AuditedChange<T> {
  /** The mutation. */
  readonly field: string;
  /** Name of the configured server. */
  readonly server: string;
  readonly what: AuditDetails;
  /** In whose name; null for nobody's. */
  readonly user: () => Promise<string | null>;
  /** `asked` where it is left out: the server says no more. */
  readonly outcome?: ((value: T) => AuditDetails & { readonly outcome: string }) | undefined;
}

/**
 * Asks for a change, and tells the operation's origin of it however it ends. The user's name may have to be asked for:
 * neither the change nor its answer waits for that.
 */
export async function audited<T>(
  origin: OperationOrigin | undefined,
  { field, server, what, user, outcome = () => ({ outcome: "asked" }) }: AuditedChange<T>,
  ask: () => Promise<T>,
): Promise<T> {
  const { changed } = origin ?? {};
  if (changed === undefined) return ask();
  const tell = (came: AuditDetails) => {
    const told = (name: string | null) => changed({ field, server, what, user: name, ...came });
    user().then(told, () => told(null));
  };
  try {
    const value = await ask();
    tell(outcome(value));
    return value;
  } catch (error) {
    tell({ outcome: error instanceof UpstreamError ? error.kind : "failed" });
    throw error;
  }
}
