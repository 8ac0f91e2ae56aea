// The tree of all commands. Loading it loads no gateway.

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { VERSION } from "../../version.js";
import { buildCommand } from "../builds/build.command.js";
import { buildsCommand } from "../builds/builds.command.js";
import { devicesCommand } from "../devices/devices.command.js";
import { configCommand } from "../gateway/config.command.js";
import { demoCommand } from "../gateway/demo.command.js";
import { doctorCommand } from "../gateway/doctor.command.js";
import { documentsCommand } from "../gateway/documents.command.js";
import { schemaCommand } from "../gateway/schema.command.js";
import { serveCommand } from "../gateway/serve.command.js";
import { jobCommand } from "../jobs/job.command.js";
import { jobsCommand } from "../jobs/jobs.command.js";
import { submitCommand } from "../jobs/submit.command.js";
import { completionCommand } from "../paper/completion.command.js";
import { queryCommand } from "../query/query.command.js";
import { waitCommand } from "../wait/wait.command.js";
import { GROUPS, createGroup } from "./command.js";

/** A new one each time: commander keeps what it has parsed in its commands. */
export function createProgram(): CommandUnknownOpts {
  const program = createGroup("etna")
    .description("GraphQL gateway that federates LAVA and Cuirass, and what one asks it from a shell.")
    .usage("COMMAND [ARGUMENTS]")
    .version(VERSION, "-V, --version", "Etna's version")
    .helpCommand("help [command]", "how a command is used");
  const add = (group: string, ...commands: readonly CommandUnknownOpts[]) => {
    for (const command of commands) program.addCommand(command.helpGroup(group));
  };
  add(GROUPS.runs, jobsCommand(), jobCommand(), submitCommand(), waitCommand());
  add(GROUPS.runs, devicesCommand(), buildsCommand(), buildCommand());
  add(GROUPS.ask, queryCommand(), schemaCommand(), documentsCommand());
  add(GROUPS.gateway, serveCommand(), demoCommand(), doctorCommand(), configCommand());
  add(GROUPS.other, completionCommand());
  return program;
}
