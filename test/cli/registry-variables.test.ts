import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineLogin, variableLogin } from "../../cli/registry-variables.ts";

describe("a registry's login in environment variables", () => {
  const both = { GHCR_USER: "octocat", GHCR_TOKEN: "ghp:1", DOCKER_ID: "moby", DOCKER_TOKEN: "2" };

  it("is the pair of that registry", () => {
    assert.deepEqual(variableLogin("ghcr.io", both), { username: "octocat", password: "ghp:1" });
    assert.deepEqual(variableLogin("docker.io", both), { username: "moby", password: "2" });
  });

  it("is none where both are unset or empty, and at any other host", () => {
    assert.equal(variableLogin("ghcr.io", { DOCKER_ID: "moby", DOCKER_TOKEN: "2" }), undefined);
    assert.equal(variableLogin("ghcr.io", { GHCR_USER: "", GHCR_TOKEN: "" }), undefined);
    for (const host of ["quay.io", "ghcr.io.example", "localhost:5000", "constructor"]) {
      assert.equal(variableLogin(host, both), undefined, host);
    }
  });

  it("is refused by half, with the name of the other half and without what is set", () => {
    for (const [environment, set, unset] of [
      [{ GHCR_USER: "marker" }, "GHCR_USER", "GHCR_TOKEN"],
      [{ GHCR_TOKEN: "marker", GHCR_USER: "" }, "GHCR_TOKEN", "GHCR_USER"],
    ] as const) {
      assert.throws(() => variableLogin("ghcr.io", environment), {
        name: "UserError",
        message: `${set} is set and ${unset} is not, and a login at ghcr.io takes both; set ${unset}, or unset ${set}`,
      });
    }
  });

  it("comes before what docker login left", async () => {
    const names = ["DOCKER_CONFIG", "GHCR_USER", "GHCR_TOKEN"];
    const before = names.map((name) => [name, process.env[name]] as const);
    const folder = await mkdtemp(join(tmpdir(), "slipway-variables-"));
    const auth = Buffer.from("file:1").toString("base64");
    await writeFile(
      join(folder, "config.json"),
      JSON.stringify({ auths: { "ghcr.io": { auth } } }),
    );
    try {
      Object.assign(process.env, { DOCKER_CONFIG: folder, GHCR_USER: "", GHCR_TOKEN: "" });
      assert.deepEqual(await machineLogin("ghcr.io"), { username: "file", password: "1" });
      Object.assign(process.env, { GHCR_USER: "variable", GHCR_TOKEN: "2" });
      assert.deepEqual(await machineLogin("ghcr.io"), { username: "variable", password: "2" });
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
      await rm(folder, { recursive: true });
    }
  });
});
