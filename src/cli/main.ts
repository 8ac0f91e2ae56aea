#!/usr/bin/env node
// The command `etna`: reads the arguments, runs one command, sets the exit status (exit.ts).

import "reflect-metadata";
import { explain, watchForEnds } from "./output/ends.js";
import { createProgram } from "./tree/program.js";

watchForEnds();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
