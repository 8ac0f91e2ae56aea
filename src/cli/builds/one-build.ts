// What the commands for one build have in common.

import { CommandError, EXIT } from "../exit.js";

export const BUILD_ARGUMENT = "<build>";
export const BUILD_WORDS = "its number, or its page's address";

export function noSuchBuild(buildId: number): CommandError {
  return new CommandError(`there is no build ${buildId}`, EXIT.usage);
}
