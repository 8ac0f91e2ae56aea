// The tree of commands as plain data, for what is written from it: completion, the man page, the documents.

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { pathOf } from "../tree/command.js";

export interface OptionEntry {
  /** As help shows it: `-v, --variable <name=value>`. */
  readonly flags: string;
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Words that it takes; empty for any text. */
  readonly choices: readonly string[];
  /** Whether its value is a file. */
  readonly isFile: boolean;
}

export interface CommandEntry {
  /** `etna job show`. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** `etna job show [options] <job>`. */
  readonly usage: string;
  readonly arguments: readonly { readonly term: string; readonly description: string }[];
  readonly options: readonly OptionEntry[];
  readonly commands: readonly CommandEntry[];
  /** Words that its arguments take; empty where they take any text. */
  readonly words: readonly string[];
  /** Whether it takes files as arguments. */
  readonly takesFiles: boolean;
}

export function entryOf(command: CommandUnknownOpts): CommandEntry {
  const help = command.createHelp();
  const parameters = command.registeredArguments;
  return {
    path: pathOf(command),
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    usage: help.commandUsage(command),
    arguments: parameters.map((one) => ({ term: one.name(), description: one.description })),
    options: help.visibleOptions(command).map(({ flags, long, description, required, argChoices = [] }) => ({
      flags,
      long: long ?? flags,
      description,
      takesValue: required,
      choices: argChoices,
      isFile: flags.includes("<file>"),
    })),
    commands: command.commands.map(entryOf),
    words: parameters.flatMap(({ argChoices = [] }) => argChoices),
    takesFiles: parameters.some((one) => /^files?$/.test(one.name())),
  };
}

/** It and all below it, each before those below it. */
export function flatten(entry: CommandEntry): readonly CommandEntry[] {
  return [entry, ...entry.commands.flatMap(flatten)];
}
