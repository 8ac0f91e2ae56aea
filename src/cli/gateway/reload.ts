// SIGHUP: the configuration is read again and taken over as far as that goes without a restart. A faulty one changes
// nothing.

import type { Logger } from "pino";
import { ConfigError, countServers } from "../../config/config.js";
import type { Config } from "../../config/config.js";
import { DEFAULT_TELEMETRY } from "../../config/telemetry.js";
import type { Gateway } from "../../gateway.js";

export interface Hangup {
  /** From now on the signal is for this gateway; one that comes before asks for what is being read anyway. */
  readonly use: (gateway: Gateway) => void;
  /** The signal changes nothing any more. Harmless when repeated. */
  readonly close: () => void;
}

export function reloadOnHangup(log: Logger, read: () => Config): Hangup {
  let gateway: Gateway | undefined;
  let closed = false;
  // One after the other.
  let running = Promise.resolve();
  const reload = async (): Promise<void> => {
    if (gateway === undefined || closed) return;
    try {
      const config = read();
      if (countServers(config) === 0) throw new ConfigError(["no server is configured"]);
      const { needRestart, ...servers } = await gateway.reload(config);
      log.level = config.telemetry?.logLevel ?? DEFAULT_TELEMETRY.logLevel;
      log.info({ ...servers }, "the configuration has been read again");
      if (needRestart.length > 0) log.warn({ keys: needRestart }, "these keys are taken over by a restart only");
    } catch (error) {
      const faults = error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : "unknown"];
      log.error({ faults }, "the new configuration is refused; the present one stays");
    }
  };
  // Never taken off again: without a listener the signal would end the process.
  process.on("SIGHUP", () => void (running = running.then(reload)));
  return {
    use: (started) => (gateway = started),
    close: () => (closed = true),
  };
}
