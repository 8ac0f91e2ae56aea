// The tables of docs/command-line.md, from the tree of commands.

import { EXIT_MEANINGS } from "../exit.js";
import { ENVIRONMENT } from "./environment.js";
import type { CommandEntry } from "./tree.js";
import { flatten } from "./tree.js";

/** Options that many commands share are in a table of their own. */
const SHARED = ["--help", "--json", "--url", "--server", "--timeout", "--insecure"];
/** On commands that ask a gateway. */
const WITHOUT_GATEWAY = ["--lava", "--cuirass"];

/** Each part by the name of its place in the document. */
export function referenceParts(root: CommandEntry): Readonly<Record<string, string>> {
  const leaves = flatten(root).filter(({ commands }) => commands.length === 0);
  return {
    commands: table(
      ["Command", "What it does"],
      leaves.map(({ usage, description }) => [
        `\`${usage.replace("[options] ", "").replace(" [options]", "")}\``,
        description,
      ]),
    ),
    options: leaves
      .map(optionsOf)
      .filter((text) => text !== "")
      .join("\n\n"),
    statuses: table(["Status", "Meaning"], Object.entries(EXIT_MEANINGS)),
    environment: table(
      ["Variable", "Meaning"],
      ENVIRONMENT.map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
  };
}

function optionsOf({ path, options }: CommandEntry): string {
  const isRemote = options.some(({ long }) => long === "--url");
  const own = options.filter(({ long }) => !SHARED.includes(long) && !(isRemote && WITHOUT_GATEWAY.includes(long)));
  if (own.length === 0) return "";
  return `\`${path}\`\n\n${table(
    ["Option", "Meaning"],
    own.map(({ flags, description }) => [`\`${flags}\``, description]),
  )}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The document with these parts between `<!-- NAME -->` and `<!-- end of NAME -->`. Throws where a place is missing. */
export function withParts(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`docs/command-line.md has no place for ${name}`);
    return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
  }, document);
}
