import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meantStack } from "../../../cli/pins/meant-stack.ts";
import { UserError } from "../../../rules/problems.ts";

describe("the stack whose pins are meant", () => {
  const before = { ...process.env };
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "slipway-meant-stack-"));
    process.env["SLIPWAY_HOME"] = home;
    delete process.env["GITHUB_ACTIONS"];
  });

  afterEach(async () => {
    delete process.env["SLIPWAY_HOME"];
    Object.assign(process.env, before);
    await rm(home, { recursive: true, force: true });
  });

  for (const cloud of ["is there", "runs"] as const) {
    it(`is asked for where none is named and no local cloud ${cloud}`, async () => {
      await assert.rejects(meantStack(undefined, { cloud }), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /start it with npm run local:up/);
        assert.match(
          error.message,
          /; or say whose images are meant: --stack main or --stack therock$/,
        );
        return true;
      });
      await assert.rejects(meantStack("local", { cloud }), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.doesNotMatch(error.message, /--stack/);
        return true;
      });
    });
  }

  it("needs no local cloud where it is named and is none of it", async () => {
    assert.equal((await meantStack("therock", { cloud: "runs" })).name, "therock");
  });
});
