/* What the commands of the cache take, before any of them does something. */
import assert from "node:assert/strict";
import { CommanderError, type Command } from "commander";
import { cacheCommand } from "../../../cli/commands/cache.ts";

/** The command, which throws in the place of ending the process. */
function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const below of command.commands) quiet(below);
  return command;
}

async function refused(args: readonly string[]): Promise<string> {
  try {
    await quiet(cacheCommand()).parseAsync([...args], { from: "user" });
  } catch (error) {
    assert.ok(error instanceof CommanderError, String(error));
    assert.equal(error.exitCode, 1);
    return error.message;
  }
  throw new Error(`${args.join(" ")} is taken`);
}

describe("the commands of the cache", () => {
  it("refuse every channel that is none, in the same words", async () => {
    for (const args of [
      ...["refresh", "export", "ls", "verify"].map((name) => [name, "--channel", "feature"]),
      ["load", "rocm", "--channel", "feature"],
      ["remove", "feature"],
    ]) {
      assert.match(await refused(args), /'feature' is invalid.*Only main and release lines/);
    }
  });

  it("refuse sizes, durations, ports and parts that are none, as usage", async () => {
    for (const args of [
      ["gc", "--max-bytes", "much"],
      ["gc", "--max-bytes", "1GiB", "--keep", "long"],
      ["refresh", "--reserve", "-1"],
      ["serve", "--port", "65536"],
      ["verify", "--sample", "0"],
      ["verify", "--sample", "101"],
    ]) {
      assert.match(await refused(args), /is invalid\. Write /, args.join(" "));
    }
  });

  it("call the same things by the same names in every help", () => {
    const forms = new Map<string, Set<string>>();
    for (const command of cacheCommand().commands) {
      for (const { long, flags } of command.options) {
        const seen = forms.get(long ?? flags) ?? new Set();
        forms.set(long ?? flags, seen.add(flags));
      }
    }
    for (const [name, flags] of forms) assert.equal(flags.size, 1, `${name}: ${[...flags].join()}`);
    assert.ok(forms.get("--image")?.has("--image <label...>"));
    assert.ok(forms.get("--channel")?.has("--channel <channel>"));
  });
});
