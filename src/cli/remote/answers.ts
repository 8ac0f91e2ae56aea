// Which exit status an error of an answer has.

import type { AnswerError } from "#client";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import type { Remote } from "./gateway.js";

/** By `extensions.code`, as docs/errors.md lists them. */
export function statusOf({ extensions }: AnswerError): ExitStatus {
  switch (extensions?.["code"]) {
    case "BAD_USER_INPUT":
    case "GRAPHQL_PARSE_FAILED":
    case "GRAPHQL_VALIDATION_FAILED":
    case "OPERATION_RESOLUTION_FAILURE":
      return EXIT.usage;
    case "UPSTREAM_DENIED":
      return EXIT.denied;
    case "UPSTREAM_UNREACHABLE":
    case "UPSTREAM_TIMEOUT":
    case "UPSTREAM_FAILED":
    case "UPSTREAM_MALFORMED":
    case "OVERLOADED":
    case "INTERNAL_SERVER_ERROR":
    case "SUBSCRIPTION_OVERFLOW":
      return EXIT.unreachable;
    default:
      return EXIT.refused;
  }
}

/** @param remote whose token was shown, or none. */
export function refused(error: AnswerError, remote: Remote): CommandError {
  const status = statusOf(error);
  if (status !== EXIT.denied) return new CommandError(wordsOf(error), status);
  const advice =
    remote.token() === null
      ? "no token was sent: put yours into ETNA_TOKEN, or name a tokenCommand in the profile"
      : `the token sent was that of ${remote.tokenOrigin()}`;
  return new CommandError(`${error.message.replace(/\.$/, "")}; ${advice}`, status);
}

/** That there is no such thing, without the name of an argument that the command, and not its user, has given. */
function wordsOf({ message, extensions }: AnswerError): string {
  const argument = extensions?.["argument"];
  return typeof argument === "string" && message.startsWith(`${argument}: there is no `)
    ? message.slice(argument.length + 2)
    : message;
}

/** Without a user and a password that stand in the address. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
