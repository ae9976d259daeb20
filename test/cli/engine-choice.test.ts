import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseEngine } from "../../cli/engine-choice.ts";
import { UserError } from "../../rules/problems.ts";
import { callsOf, fakeProgram } from "../support/fake-program.ts";

describe("the choice of an engine", () => {
  let folder: string;
  const VARIABLES = ["PATH", "SLIPWAY_HOME", "GITHUB_ACTIONS", "PULUMI_HOME"];
  const earlier = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const bin = () => join(folder, "bin");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-engine-choice-"));
    mkdirSync(bin());
    process.env["SLIPWAY_HOME"] = join(folder, "home");
    process.env["PATH"] = bin();
    process.env["PULUMI_HOME"] = join(folder, "pulumi");
    Reflect.deleteProperty(process.env, "GITHUB_ACTIONS");
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(earlier)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  const withPulumi = () => fakeProgram(bin(), "pulumi", "exit 0");
  function withState(stack: string): void {
    mkdirSync(join(folder, "home/state"), { recursive: true });
    writeFileSync(join(folder, "home/state", `${stack}.json`), "{}");
  }

  it("by itself takes the Pulumi CLI when it is there, else the embedded engine", async () => {
    assert.equal(await chooseEngine("auto", "local"), "embedded");
    await withPulumi();
    assert.equal(await chooseEngine("auto", "local"), "pulumi");
    assert.deepEqual(await callsOf(bin(), "pulumi"), ["version"]);
  });

  it("by itself stays with the embedded engine where that one holds the stack's state", async () => {
    await withPulumi();
    withState("local");
    assert.equal(await chooseEngine("auto", "local"), "embedded");
    assert.equal(await chooseEngine("auto", "main"), "pulumi");
    assert.equal(await chooseEngine("pulumi", "local"), "pulumi");
  });

  it("keeps to the embedded engine when asked for, and does not even look for the CLI", async () => {
    await withPulumi();
    assert.equal(await chooseEngine("embedded", "main"), "embedded");
    assert.deepEqual(await callsOf(bin(), "pulumi"), []);
  });

  it("refuses the Pulumi CLI where there is none, and names its installer", async () => {
    await assert.rejects(chooseEngine("pulumi", "main"), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^--engine pulumi: the Pulumi CLI was not found on PATH/);
      assert.match(error.message, /https:\/\/www\.pulumi\.com\/docs\/install\//);
      return true;
    });
  });

  it("takes a CLI that does not work for none", async () => {
    await fakeProgram(bin(), "pulumi", "exit 127");
    assert.equal(await chooseEngine("auto", "local"), "embedded");
    await assert.rejects(chooseEngine("pulumi", "local"), UserError);
  });

  it("refuses the Pulumi CLI in a workflow whose stack has its state nowhere, whoever asked for it", async () => {
    await withPulumi();
    process.env["GITHUB_ACTIONS"] = "true";
    for (const asked of ["auto", "pulumi"] as const) {
      await assert.rejects(chooseEngine(asked, "therock"), (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /where the state of stack therock is: write slipway:stateBucket/,
        );
        return true;
      });
    }
    assert.equal(await chooseEngine("embedded", "therock"), "embedded");
    mkdirSync(join(folder, "pulumi"));
    writeFileSync(join(folder, "pulumi/credentials.json"), "{}");
    assert.equal(await chooseEngine("pulumi", "therock"), "pulumi");
  });
});
