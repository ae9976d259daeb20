import type { Command } from "commander";

/** Refuses options of a command that stand before a command below it, which would not heed them. */
export function refuseOptionsAbove(command: Command): void {
  const { parent } = command;
  const given = parent?.options.find(
    (option) => parent.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (given === undefined) return;
  const name = command.name();
  command.error(
    `error: option '${given.long ?? ""}' stands before ${name} and would go unheard; write options of ${name} behind it`,
  );
}
