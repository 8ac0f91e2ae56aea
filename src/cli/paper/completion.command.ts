import { Argument } from "@commander-js/extra-typings";
import { printJson } from "../output/streams.js";
import { createCommand } from "../tree/command.js";
import { SHELLS, completionScript } from "./completion.js";
import { entryOf } from "./tree.js";

export function completionCommand() {
  const command = createCommand("completion")
    .summary("print the completion script of a shell")
    .description(
      "Prints what completes etna's commands and options in a shell. bash: . <(etna completion bash); zsh: source <(etna completion zsh); fish: etna completion fish > ~/.config/fish/completions/etna.fish",
    )
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(SHELLS))
    .action((shell, { json }) => {
      const script = completionScript(shell, entryOf(command.parent ?? command));
      if (json === true) printJson({ shell, script });
      else process.stdout.write(script);
    });
  return command;
}
