import type { Command } from "commander";
import { suggestion } from "../../rules/suggestion.ts";

/**
 * For a command that does something by itself and has commands below it: a word that is none of them is told as such.
 * Without it, commander counts arguments, or blames an option of the command that was meant. Goes behind
 * `copyInheritedSettings`, which takes it back in part.
 */
export function refuseUnknownBelow(parent: Command): void {
  parent
    .allowExcessArguments()
    .allowUnknownOption()
    .hook("preAction", (_, command) => {
      const [word] = command.args;
      if (command !== parent || word === undefined) return;
      if (word.startsWith("-")) {
        const flags = parent.options.flatMap(({ long }) => long ?? []);
        parent.error(`error: unknown option '${word}'${suggestion(word, flags)}`);
      }
      const names = parent.commands.map((below) => below.name());
      parent.error(
        `error: unknown command ${JSON.stringify(word)} of ${parent.name()}${suggestion(word, names)}; there are: ${names.join(", ")}; without one, ${parent.name()} shows what there is`,
      );
    });
}
