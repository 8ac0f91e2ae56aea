// Starts the gateway of `serve` and `demo`. Where it can't listen, says why in words; the codes are node's.

import type { Logger } from "pino";
import type { Config } from "../../config/config.js";
import { createGateway } from "../../gateway.js";
import type { Gateway } from "../../gateway.js";
import { CommandError, EXIT } from "../exit.js";

/** Throws `CommandError` where the address of `listen` is taken, not this machine's, or not for this user. */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  try {
    return await createGateway(config, log);
  } catch (error) {
    const words = error instanceof Error ? listenWords(error, config.listen) : null;
    if (words === null) throw error;
    throw new CommandError(words, EXIT.failed);
  }
}

/** Null where it is something else that failed. */
function listenWords(error: NodeJS.ErrnoException, { host, port }: Config["listen"]): string | null {
  const { code = "", syscall } = error;
  // A name is looked up for other addresses, too.
  if (syscall === "getaddrinfo" && "hostname" in error && error.hostname === host)
    return `there is no host ${host} (${code}); write an address of this machine into --host or listen.host`;
  if (syscall !== "listen") return null;
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use (${code}), by another Etna perhaps; take another with --port or listen.port, 0 for a free one`;
    case "EACCES":
      return `this user may not listen on port ${port} (${code}); take one above 1023 with --port or listen.port, and put a reverse proxy before it`;
    case "EADDRNOTAVAIL":
      return `this machine has no address ${host} (${code}); write one of its own into --host or listen.host, 0.0.0.0 for all`;
    default:
      return `can't listen on port ${port} of ${host} (${code})`;
  }
}
