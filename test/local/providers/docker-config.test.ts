import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { withDockerConfig } from "../../../local/providers/docker-build/docker-config.ts";

const password = "canary-of-a-password";

describe("the login of a build", () => {
  it("lies in a folder that only this user can read, and is gone afterwards", async () => {
    const folder = await withDockerConfig(
      [
        { address: "localhost:5001", username: "slipway", password },
        { address: "docker.io", username: "x", password: "y" },
      ],
      async (path) => {
        assert.equal(statSync(path).mode & 0o777, 0o700);
        const file = join(path, "config.json");
        assert.equal(statSync(file).mode & 0o777, 0o600);
        const { auths } = JSON.parse(readFileSync(file, "utf8")) as { auths: object };
        assert.deepEqual(auths, {
          "localhost:5001": { auth: Buffer.from(`slipway:${password}`).toString("base64") },
          "https://index.docker.io/v1/": { auth: Buffer.from("x:y").toString("base64") },
        });
        return path;
      },
    );
    assert.ok(!existsSync(folder));
  });

  it("is gone after a failure too", async () => {
    let folder = "";
    await assert.rejects(
      withDockerConfig([], async (path) => {
        folder = path;
        throw new Error("the build failed");
      }),
      /the build failed/,
    );
    assert.notEqual(folder, "");
    assert.ok(!existsSync(folder));
  });
});
