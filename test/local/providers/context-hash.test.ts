import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContextHasher } from "../../../local/providers/docker-build/context-hash.ts";

describe("the hash of a build context", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-hash-"));
    for (const name of ["context", "scripts"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "context/Dockerfile"), "FROM base\n");
    writeFileSync(join(folder, "context/.dockerignore"), "ignored\n");
    writeFileSync(join(folder, "scripts/install.sh"), "#!/bin/sh\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hash = () =>
    new ContextHasher(folder).hash({
      context: {
        location: "context",
        named: {
          scripts: { location: "scripts" },
          base: { location: "docker-image://ghcr.io/x/y@sha256:0" },
        },
      },
    });

  it("changes with each file that a build sees", async () => {
    const seen = [await hash()];
    const changes = [
      () => writeFileSync(join(folder, "context/Dockerfile"), "FROM base AS x\n"),
      () => writeFileSync(join(folder, "context/file"), "x"),
      () => writeFileSync(join(folder, "scripts/install.sh"), "#!/bin/sh\ntrue\n"),
      () => chmodSync(join(folder, "scripts/install.sh"), 0o755),
    ];
    for (const change of changes) {
      change();
      seen.push(await hash());
    }
    assert.equal(new Set(seen).size, seen.length);
  });

  it("is the same for ignored files and for other permissions", async () => {
    const first = await hash();
    writeFileSync(join(folder, "context/ignored"), "x");
    chmodSync(join(folder, "scripts/install.sh"), 0o600);
    assert.equal(await hash(), first);
  });
});
