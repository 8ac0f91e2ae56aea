// Completion for shells: scripts that hold the tree, so that no press of Tab starts Node.

import type { CommandEntry, OptionEntry } from "./tree.js";
import { flatten } from "./tree.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, root: CommandEntry): string {
  switch (shell) {
    case "bash":
      return bash(root);
    case "zsh":
      return zsh(root);
    case "fish":
      return fish(root);
  }
}

/** For all three shells: nothing within single quotes means anything but the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

interface ValueCase {
  readonly path: string;
  readonly option: OptionEntry;
}

function valueCases(root: CommandEntry): readonly ValueCase[] {
  return flatten(root).flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).map((option) => ({ path, option })),
  );
}

/** Paths of all commands below the root, as the alternatives of a `case`. */
function placesOf(root: CommandEntry): string {
  return flatten(root)
    .slice(1)
    .map(({ path }) => quote(path))
    .join("|");
}

const wordsOf = ({ commands, options, words }: CommandEntry) => [
  ...commands.map(({ name }) => name),
  ...words,
  ...options.map(({ long }) => long),
];

function bash(root: CommandEntry): string {
  const values = valueCases(root).map(({ path, option: { long, choices } }) => {
    const what = choices.length === 0 ? `compgen -f -- "$cur"` : `compgen -W ${quote(choices.join(" "))} -- "$cur"`;
    return `    ${quote(`${path} ${long}`)}) COMPREPLY=($(${what})); return ;;`;
  });
  const words = flatten(root).map((entry) => `    ${quote(entry.path)}) words=${quote(wordsOf(entry).join(" "))} ;;`);
  return `# bash completion for etna: . <(etna completion bash)
_etna() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" place=etna words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place \${COMP_WORDS[i]}" in
    ${placesOf(root)}) place="$place \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place $prev" in
${values.join("\n")}
  esac
  case "$place" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _etna etna
`;
}

function zsh(root: CommandEntry): string {
  const described = (name: string, text: string) => quote(`${name.replaceAll(":", "\\:")}:${text}`);
  const values = valueCases(root).map(({ path, option: { long, choices } }) => {
    const what = choices.length === 0 ? "_files" : `compadd -- ${choices.join(" ")}`;
    return `    (${quote(`${path} ${long}`)}) ${what}; return ;;`;
  });
  const words = flatten(root).map(({ path, commands, options, words, arguments: [argument] }) => {
    const found = [
      ...commands.map(({ name, summary }) => described(name, summary)),
      ...words.map((word) => described(word, argument?.description ?? "")),
      ...options.map(({ long, description }) => described(long, description)),
    ];
    return `    (${quote(path)}) found=(${found.join(" ")}) ;;`;
  });
  return `#compdef etna
# zsh completion for etna: source <(etna completion zsh), or as _etna in a folder of $fpath
_etna() {
  local place=etna word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      (${placesOf(root)}) place="$place $word" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$place" in
${words.join("\n")}
  esac
  _describe etna found || _files
}
if [ "\${funcstack[1]}" = "_etna" ]; then _etna "$@"; else compdef _etna etna; fi
`;
}

function fish(root: CommandEntry): string {
  const lines = flatten(root).flatMap(({ path, commands, options, words, takesFiles }) => {
    const at = `complete -c etna -n ${quote(`test (__etna_place) = "${path}"`)}`;
    return [
      ...commands.map(({ name, summary }) => `${at} -a ${quote(name)} -d ${quote(summary)}`),
      ...(words.length === 0 ? [] : [`${at} -a ${quote(words.join(" "))}`]),
      ...options.map(({ long, description, takesValue, choices, isFile }) => {
        const value = !takesValue
          ? ""
          : isFile
            ? " -r -F"
            : ` -x${choices.length === 0 ? "" : ` -a ${quote(choices.join(" "))}`}`;
        return `${at} -l ${quote(long.replace(/^--/, ""))}${value} -d ${quote(description)}`;
      }),
      ...(takesFiles ? [`${at} -F`] : []),
    ];
  });
  return `# fish completion for etna: etna completion fish > ~/.config/fish/completions/etna.fish
function __etna_place
  set -l place etna
  set -l tokens (commandline -opc)
  set -e tokens[1]
  for word in $tokens
    switch "$place $word"
      case ${placesOf(root).replaceAll("|", " ")}
        set place "$place $word"
    end
  end
  echo $place
end
complete -c etna -f
${lines.join("\n")}
`;
}
