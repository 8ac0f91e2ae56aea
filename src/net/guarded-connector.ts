// Connections whose library can't end the process: what a listener of the socket throws (an assertion of undici's parser,
// say) destroys that socket with the error, so that it is the failure of the request on it.

import type { Socket } from "node:net";
import { buildConnector } from "undici";

/** Undici's own connector with that guard. @param onFault is called once for each connection that failed so. */
export function guardedConnector(
  options: buildConnector.BuildOptions,
  onFault?: (error: unknown) => void,
): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    connect(target, (...[error, socket]: buildConnector.CallbackArgs) => {
      // Undici gives no socket at all beside an error, whatever its types say.
      if (error !== null) callback(error, null);
      else callback(null, guarded(socket, onFault));
    });
  };
}

function guarded<T extends Socket>(socket: T, onFault: ((error: unknown) => void) | undefined): T {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean;
  let failed = false;
  // The listeners are undici's own, called by node from the event loop: nobody else could catch what they throw.
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    try {
      return emit(event, ...values);
    } catch (error) {
      if (!failed) onFault?.(error);
      failed = true;
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
  };
  return socket;
}
