import { Argument, Option } from "commander";

/** `[image...]`: which images a command is about. */
export function pinnedImages(): Argument {
  return new Argument(
    "[image...]",
    "label, family, or host/path of others; all of them when it is left out",
  );
}

/** `--to`: what pins are moved to. */
export function targetOption(): Option {
  return new Option(
    "--to <target>",
    "latest, sha256:..., or a reference: ghcr.io/rocm/tools:latest",
  ).default("latest");
}

/** `--images`: the list that tells what is published. */
export function listOption(): Option {
  return new Option(
    "--images <file>",
    "an images.json, or where one is published, in place of the stack's",
  );
}

/** `--stack`: whose images are looked for; that of the run, or local, without it. */
export function pinsStackOption(): Option {
  return new Option(
    "--stack <name>",
    "stack whose images are meant, by its file Pulumi.<name>.yaml",
  );
}
