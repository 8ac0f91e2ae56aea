// The man page, in the macros of man(7), from the tree of commands.

import { EXIT_MEANINGS } from "../exit.js";
import { ENVIRONMENT } from "./environment.js";
import type { CommandEntry, OptionEntry } from "./tree.js";
import { flatten } from "./tree.js";

export function manPage(root: CommandEntry): string {
  const leaves = flatten(root).filter(({ commands }) => commands.length === 0);
  return [
    '.TH ETNA 1 "" "Etna" "User Commands"',
    ".SH NAME",
    `etna \\- ${escape(root.description)}`,
    ".SH SYNOPSIS",
    ...leaves.flatMap(({ usage }) => [".br", escape(usage)]),
    ".SH COMMANDS",
    ...leaves.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT_MEANINGS).flatMap(([status, meaning]) => item(status, meaning)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, meaning]) => item(name, meaning)),
    ".SH FILES",
    ...item(
      "~/.config/etna/config.yaml",
      "The profile: url, tokenCommand, server, insecure. XDG_CONFIG_HOME is respected.",
    ),
    "",
  ].join("\n");
}

function commandLines({ usage, description, arguments: parameters, options }: CommandEntry): readonly string[] {
  return [
    `.SS ${escape(usage)}`,
    escape(description),
    ...parameters.flatMap((one) => item(one.term, one.description)),
    ...options.filter(isOwn).flatMap((one) => item(one.flags, one.description)),
  ];
}

/** All commands have that. */
const isOwn = ({ long }: OptionEntry) => long !== "--help";

function item(term: string, text: string): readonly string[] {
  return [".TP", `.B ${escape(term)}`, escape(text)];
}

/** Hyphens that are typed, backslashes, and dots or quotes at a line's beginning, which are requests. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");
}
