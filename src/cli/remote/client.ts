// The client package as the commands use it, and its errors as a command ends with them.
// Tests: test/cli/connection.test.ts.

import { createEtnaClient, EtnaError } from "#client";
import type { EtnaClient } from "#client";
import { WebSocket } from "ws";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { placeOf, refused } from "./answers.js";
import { connectionWords } from "./connection-words.js";
import type { Remote } from "./gateway.js";

/** Connects to nothing before it is asked. `close` it where it has subscribed. */
export function connect({ url, token, insecure, server }: Remote): EtnaClient {
  return createEtnaClient({
    ...{ url, server, insecure, webSocket: WebSocket },
    // The client sends it to this gateway alone, and not over plain http unless told to.
    token: () => token()?.reveal() ?? null,
  });
}

/** What the client has thrown, as the sentence and the status with which a command ends; anything else as it is. */
export function toCommandError(error: unknown, remote: Remote): unknown {
  const { url, isUnnamed } = remote;
  if (!(error instanceof EtnaError)) return error;
  const [refusal] = error.errors;
  if (refusal !== undefined) return refused(refusal, remote);
  switch (error.code) {
    case "UNREACHABLE":
      if (error.cause === undefined) return new CommandError(error.message, EXIT.unreachable);
      return new CommandError(
        `no gateway answers at ${placeOf(url)}: ${connectionWords(error.cause, url)}${isUnnamed ? "; name another gateway by --url, ETNA_URL or the profile" : ""}`,
        EXIT.unreachable,
      );
    case "INSECURE": {
      const advice = `write --url https://${url.host}, or --insecure where the network is trusted`;
      return new CommandError(`your token is not sent over plain http; ${advice}`, EXIT.usage);
    }
    case "CLOSED":
      return new CommandError(error.message, closeStatus(error.closeCode));
    default:
      return new CommandError(error.message, EXIT.unreachable);
  }
}

/** Codes from 4400 on stand for the status of HTTP that is 4000 less. */
function closeStatus(code: number | null): ExitStatus {
  if (code === 4401 || code === 4403) return EXIT.denied;
  return code === 4400 ? EXIT.usage : EXIT.unreachable;
}

/** The end of `--timeout`, from now on; never where none is given. */
export function untilTimeout({ timeoutMs }: Remote): AbortSignal {
  return timeoutMs === null ? new AbortController().signal : AbortSignal.timeout(Math.ceil(timeoutMs));
}

/** `--timeout` for people, in seconds. */
export function timeoutWords({ timeoutMs }: Remote): string {
  return `${(timeoutMs ?? 0) / 1000} s`;
}
