import assert from "node:assert/strict";
import { buildMissing } from "../../../cli/publishing/build-missing.ts";

describe("build --missing in GitHub Actions", () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of ["GITHUB_ACTIONS", "GITHUB_REF"]) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  });

  it("builds for the run's ref, so that one which publishes nothing builds nothing", async () => {
    process.env["GITHUB_ACTIONS"] = "true";
    process.env["GITHUB_REF"] = "refs/pull/1/merge";
    await assert.rejects(buildMissing({ stack: "main", json: true }), {
      name: "UserError",
      message: /^refs\/pull\/1\/merge publishes none of the images:/,
    });
  });
});
