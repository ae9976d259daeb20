import assert from "node:assert/strict";
import {
  channelOfRef,
  chooseStack,
  type RepositoryStack,
  stackOrOwn,
} from "../../../cli/workflows/stack-of-run.ts";
import { UserError } from "../../../rules/problems.ts";

function stack(name: string, more: Partial<RepositoryStack> = {}): RepositoryStack {
  return {
    name,
    repository: "pytorch/pytorch",
    channel: "main",
    owns: "all",
    families: [],
    local: false,
    ...more,
  };
}

const main = stack("main");
const therock = stack("therock", { repository: "ROCm/TheRock" });
const local = stack("local", { local: true });
const line = stack("release-2.10", { channel: "release/2.10", owns: "images" });
const all = [local, main, line, therock];

function refusal(stacks: readonly RepositoryStack[], repository: string, channel: string): string {
  try {
    chooseStack(stacks, { repository, channel });
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was wrong" });
}

describe("the stack of a workflow run", () => {
  it("is that of the repository, in any case of letters, and of the channel", () => {
    assert.equal(chooseStack(all, { repository: "pytorch/pytorch", channel: "main" }), "main");
    assert.equal(chooseStack(all, { repository: "rocm/therock", channel: "main" }), "therock");
    assert.equal(
      chooseStack(all, { repository: "PyTorch/pytorch", channel: "release/2.10" }),
      "release-2.10",
    );
  });

  it("is one of the local cloud only where the repository has no other", () => {
    assert.equal(
      chooseStack([local, therock], { repository: "pytorch/pytorch", channel: "main" }),
      "local",
    );
    assert.match(
      refusal([local, line], "pytorch/pytorch", "main"),
      /no stack is of pytorch\/pytorch, channel main/,
    );
  });

  it("is missed with the command that makes it, and all that there are", () => {
    const message = refusal(all, "pytorch/pytorch", "release/2.11");
    assert.match(message, /slipway channel create release\/2\.11/);
    for (const { name } of all) assert.ok(message.includes(`  ${name}  `), message);
    const stranger = refusal(all, "somebody/pytorch", "main");
    assert.match(stranger, /no stack is of somebody\/pytorch/);
    assert.doesNotMatch(stranger, /channel create/);
    assert.match(refusal([], "somebody/pytorch", "main"), /There are:\n {2}none/);
  });

  it("is missed with no command where the branch's name would be more than a word of it", () => {
    for (const odd of [
      "release/2.11$(id)",
      "release/`id`",
      "release/a;id",
      "release/a'b",
      "release/é",
    ]) {
      const message = refusal(all, "pytorch/pytorch", odd);
      assert.ok(message.includes(`no stack is of pytorch/pytorch, channel ${odd}; name one with`));
      assert.doesNotMatch(message, /channel create/);
    }
  });

  it("is not guessed among several", () => {
    const message = refusal([main, stack("other")], "pytorch/pytorch", "main");
    assert.match(message, /several stacks are of pytorch\/pytorch, channel main: main, other/);
  });
});

describe("the channel of a ref", () => {
  it("is its own where it has a stack, a candidate's release line, and main for all others", () => {
    for (const [ref, channel] of [
      ["refs/heads/main", "main"],
      ["refs/heads/release/2.10", "release/2.10"],
      ["refs/tags/v2.10.0-rc3", "release/2.10"],
      ["refs/tags/v2.10.0", "main"],
      ["refs/heads/release/2.10/extra", "main"],
      ["refs/heads/stage/docker/try", "main"],
      ["refs/pull/7/merge", "main"],
      ["refs/heads/a..b", "main"],
      ["", "main"],
    ] as const) {
      assert.equal(channelOfRef(ref), channel, ref);
    }
  });
});

describe("the stack of a command that names none", () => {
  const VARIABLES = ["GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_BASE_REF"];
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  async function inActions(variables: Readonly<Record<string, string>>): Promise<string> {
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, { GITHUB_ACTIONS: "true", ...variables });
    return stackOrOwn(undefined);
  }

  it("is the one that is given, wherever it runs, and local outside of workflows", async () => {
    process.env["GITHUB_ACTIONS"] = "true";
    assert.equal(await stackOrOwn("main"), "main");
    Reflect.deleteProperty(process.env, "GITHUB_ACTIONS");
    assert.equal(await stackOrOwn(undefined), "local");
  });

  it("is that of the run in a workflow, and of a pull request's base, whatever its own ref", async () => {
    const GITHUB_REPOSITORY = "ROCm/TheRock";
    const [push, pull] = ["refs/heads/main", "refs/pull/7/merge"];
    assert.equal(await inActions({ GITHUB_REPOSITORY, GITHUB_REF: push }), "therock");
    assert.equal(
      await inActions({ GITHUB_REPOSITORY, GITHUB_REF: pull, GITHUB_BASE_REF: "main" }),
      "therock",
    );
    await assert.rejects(
      inActions({
        GITHUB_REPOSITORY: "pytorch/pytorch",
        ...{ GITHUB_REF: pull, GITHUB_BASE_REF: "release/0.0" },
      }),
      /no stack is of pytorch\/pytorch, channel release\/0\.0/,
    );
    await assert.rejects(
      inActions({ GITHUB_REF: push }),
      /^UserError: GITHUB_REPOSITORY is not set, .* name a stack with --stack$/,
    );
  });
});
