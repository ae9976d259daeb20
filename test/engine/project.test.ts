import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadProject } from "../../engine/project.ts";
import type { Project } from "../../engine/project.ts";
import { withStack } from "./support/stack.ts";

const schema = `
name: slipway
runtime: nodejs
config:
  slipway:owner: { type: string, description: The organisation }
  slipway:protect: { type: boolean, default: true }
  slipway:count: { type: integer, default: 3 }
  slipway:families: { type: array, items: { type: string }, default: [a, b] }
  slipway:limits: { type: object, default: { x: 1 } }
  slipway:token: { type: string, secret: true, default: "" }
  aws:region: { value: us-east-1 }
`;

async function load(stackYaml: string | undefined, projectYaml = schema): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), "engine-project-"));
  try {
    await writeFile(join(root, "Pulumi.yaml"), projectYaml);
    if (stackYaml !== undefined) await writeFile(join(root, "Pulumi.main.yaml"), stackYaml);
    await writeFile(join(root, "Pulumi.other.yaml"), "");
    return await loadProject(root, "main");
  } finally {
    await rm(root, { recursive: true });
  }
}

describe("a project's configuration", () => {
  it("is the schema's defaults under the stack's values", async () => {
    const { name, stack, config, secretKeys } = await load(
      "config: { slipway:owner: pytorch, slipway:protect: false, other:key: { a: [1] } }",
    );
    assert.deepEqual(
      { name, stack, secretKeys },
      {
        name: "slipway",
        stack: "main",
        secretKeys: ["slipway:token"],
      },
    );
    assert.deepEqual(config, {
      "slipway:owner": "pytorch",
      "slipway:protect": "false",
      "slipway:count": "3",
      "slipway:families": '["a","b"]',
      "slipway:limits": '{"x":1}',
      "slipway:token": "",
      "aws:region": "us-east-1",
      "other:key": '{"a":[1]}',
    });
  });

  it(
    "reaches the program",
    withStack(async (stack) => {
      const project = await load("config: { slipway:owner: pytorch, slipway:token: canary }");
      const result = await stack.good(
        "plan",
        () => {
          const config = new pulumi.Config("slipway");
          return {
            owner: config.require("owner"),
            families: config.requireObject("families"),
            protect: config.requireBoolean("protect"),
            token: config.requireSecret("token"),
          };
        },
        { project },
      );
      assert.deepEqual(
        Object.values(result.outputs).map(({ value }) => value),
        [["a", "b"], "pytorch", true, "[secret]"],
      );
    }),
  );

  it("counts a value that is encrypted for the Pulumi CLI as absent", async () => {
    const secure = "{ slipway:owner: pytorch, slipway:token: { secure: AAAB } }";
    const { config, secretKeys } = await load(`config: ${secure}`);
    assert.equal(config["slipway:token"], "");
    assert.deepEqual(secretKeys, ["slipway:token"]);
  });

  it("hands keys and values that the schema does not know to the program, which judges them", async () => {
    const { config } = await load("config: { slipway:ownr: pytorch, slipway:protect: maybe }");
    assert.equal(config["slipway:ownr"], "pytorch");
    assert.equal(config["slipway:protect"], "maybe");
  });

  it("is missed by name when the stack has no file", async () => {
    await assert.rejects(load(undefined), {
      name: "UserError",
      message: "Pulumi.main.yaml: not found; stacks with a file are: other; name one with --stack",
    });
  });

  it("is missed when there is no project", async () => {
    await assert.rejects(loadProject("/nonexistent", "main"), {
      name: "UserError",
      message: "/nonexistent/Pulumi.yaml: not found; run this in the folder of a Pulumi project",
    });
  });

  it("is refused with the place when it is no YAML", async () => {
    await assert.rejects(load("config: {"), {
      name: "UserError",
      message: /Pulumi\.main\.yaml: .* at line 1, column 10/s,
    });
    const lines = Array.from(
      { length: 9 },
      (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`,
    );
    await assert.rejects(load(`a0: &a0 x\n${lines.join("\n")}\n`), {
      name: "UserError",
      message: /Pulumi\.main\.yaml: Excessive alias count/,
    });
    await assert.rejects(load("config: *nothing\n"), {
      name: "UserError",
      message: /Pulumi\.main\.yaml: .*nothing/,
    });
  });
});
