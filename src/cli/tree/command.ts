// What all commands have in common. Each command is one file `*.command.ts`: its words, options and what it does. What takes
// long to load (the gateway, the schema) a command imports when it runs.

import { Command, Option } from "@commander-js/extra-typings";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { toPlainText } from "../../codec/terminal-text.js";
import { readDuration } from "./values.js";

export const GROUPS = {
  runs: "Test jobs, builds and devices:",
  ask: "The graph:",
  gateway: "The gateway:",
  other: "Other:",
} as const;

/** A command that only holds others, e.g. `job`. */
export function createGroup(name: string) {
  const command = new Command(name)
    .exitOverride()
    .helpOption("-h, --help", "how this command is used")
    .helpCommand(false)
    .configureOutput({
      outputError: (text, write) => {
        const message = toPlainText(text).replace(/^error: /, "");
        write(`etna: ${message}see: ${pathOf(command)} --help\n`);
      },
    });
  return command;
}

export function createCommand(name: string) {
  return createGroup(name).option("--json", "on stdout, one JSON object a line");
}

const GATEWAY_OPTIONS = "Which gateway is asked, and how:";

/** A command that asks a gateway. */
export function createRemoteCommand(name: string) {
  return createCommand(name)
    .addOption(
      new Option("--url <address>", "of the gateway; else ETNA_URL, the profile, http://127.0.0.1:4000").helpGroup(
        GATEWAY_OPTIONS,
      ),
    )
    .addOption(new Option("--server <name>", "of the LAVA or Cuirass server").helpGroup(GATEWAY_OPTIONS))
    .addOption(
      new Option("--timeout <time>", "give up after that: 90 (seconds), 3m, 1h30m")
        .argParser(readDuration)
        .helpGroup(GATEWAY_OPTIONS),
    )
    .addOption(
      new Option("--insecure", "send the token over plain http beyond this machine").helpGroup(GATEWAY_OPTIONS),
    )
    .addOption(
      new Option("--lava <address>", "without a gateway: ask this LAVA, [NAME=]URL")
        .conflicts("url")
        .helpGroup(GATEWAY_OPTIONS),
    )
    .addOption(
      new Option("--cuirass <address>", "without a gateway: ask this Cuirass, [NAME=]URL")
        .conflicts("url")
        .helpGroup(GATEWAY_OPTIONS),
    );
}

/** How many items a list has unless `--limit` says otherwise, and how many are asked for at a time. */
export const LIST_DEFAULT = 30;
export const PAGE_SIZE = 100;

/** `etna job show`. */
export function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
