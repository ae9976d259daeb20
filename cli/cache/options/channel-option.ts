import { Argument, InvalidArgumentError, Option } from "commander";
import { isChannel } from "../../../rules/names.ts";

const WHAT = "main, or a release line: release/2.10";

/** `--channel`. @param otherwise what holds without it, in words */
export function channelOption(otherwise?: string): Option {
  const what = otherwise === undefined ? WHAT : `${WHAT} (${otherwise})`;
  return new Option("--channel <channel>", what).argParser(channelOf);
}

/** The channel that a command is about. */
export function channelArgument(): Argument {
  return new Argument("<channel>", WHAT).argParser(channelOf);
}

function channelOf(text: string): string {
  if (isChannel(text)) return text;
  throw new InvalidArgumentError(
    "Only main and release lines are kept: write main, or release/ and one more level.",
  );
}
