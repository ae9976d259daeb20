import { Option } from "commander";

/** `--stack`: which stack a command is about. */
export function stackOption(): Option {
  return new Option("--stack <name>", "stack, by its file Pulumi.<name>.yaml").default("local");
}

/** `--engine`: what runs the program. */
export function engineOption(): Option {
  return new Option(
    "--engine <engine>",
    "pulumi is the Pulumi CLI; auto takes the one that has the stack's state",
  )
    .choices(["auto", "pulumi", "embedded"])
    .default("auto");
}
