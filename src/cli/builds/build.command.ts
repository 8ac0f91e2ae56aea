import { createGroup } from "../tree/command.js";
import { buildLogCommand } from "./build-log.command.js";
import { buildShowCommand } from "./build-show.command.js";

export function buildCommand() {
  return createGroup("build")
    .summary("one build")
    .description("Shows one build.")
    .addCommand(buildShowCommand())
    .addCommand(buildLogCommand());
}
