import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { COMMAND_NAMES } from "../../rules/command-names.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

describe("the list of commands", () => {
  it("is what the program has", () => {
    assert.deepEqual(commandsOf(), Object.keys(COMMAND_NAMES).sort());
    for (const [name, below] of Object.entries(COMMAND_NAMES)) {
      if (below.length === 0) continue;
      assert.deepEqual(commandsOf(name), [...below].sort(), name);
    }
  }).timeout(120_000);
});

function commandsOf(...words: readonly string[]): readonly string[] {
  const help = execFileSync(process.execPath, [MAIN, ...words, "--help"], { encoding: "utf8" });
  const [, commands = ""] = /\nCommands:\n(.*?)(?:\n\n|$)/s.exec(help) ?? [];
  return [...commands.matchAll(/^ {2}([a-z-]+)(?= )/gm)].map(([, name = ""]) => name).sort();
}
