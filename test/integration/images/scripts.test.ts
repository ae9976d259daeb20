// Does not prove that a script does its work: that takes its production base, gigabytes of packages and a network.
import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readCatalog } from "../../../catalog.ts";
import { parseDockerfile, viewOf } from "../../../context/dockerfile.ts";
import { pythonTool } from "../../../local/python-tools.ts";

const root = join(import.meta.dirname, "../../..");
const standIns = join(root, "local/stand-ins/scripts");
const catalog = await readCatalog();

for (const family of catalog.values()) {
  describe(`install scripts of ${family.name}`, () => {
    const folders = {
      own: join(family.folder, "scripts"),
      "stand-in": join(standIns, family.name),
    };

    it("have a stand-in each", async () => {
      const [own, standIn] = await Promise.all(Object.values(folders).map((path) => readdir(path)));
      assert.deepEqual(standIn, own);
    });

    it("are all run by the Dockerfile, each mounted by itself", async () => {
      const dockerfile = parseDockerfile(await readFile(join(family.folder, "Dockerfile"), "utf8"));
      const seen = family.images.flatMap(({ buildArgs, target }) => {
        const { scripts } = viewOf(dockerfile, buildArgs, target);
        assert.notEqual(scripts, "everything");
        return scripts;
      });
      assert.deepEqual([...new Set(seen)].sort(), await readdir(folders.own));
    });

    for (const [kind, folder] of Object.entries(folders)) {
      it(`are executable, stop at the first fault and fetch nothing unchecked (${kind})`, async () => {
        for (const name of await readdir(folder)) {
          if (!name.endsWith(".sh")) continue;
          const path = join(folder, name);
          const text = await readFile(path, "utf8");
          assert.ok(((await stat(path)).mode & 0o100) !== 0, `${path} is not executable`);
          const first = kind === "own" ? "#!/usr/bin/env bash\n" : "#!/bin/sh\n";
          assert.ok(text.startsWith(first), `${path} does not begin with ${first}`);
          assert.match(text, kind === "own" ? /^set -euo pipefail$/m : /^set -eu$/m, path);
          assert.doesNotMatch(
            text,
            /curl[^\n]*\|\s*(?:ba)?sh|http:\/\/|--insecure|--nogpgcheck/,
            path,
          );
          if (text.includes("curl --")) {
            assert.match(
              text,
              /sha256sum --check --strict|fingerprint/,
              `${path} checks no download`,
            );
          }
        }
      });
    }
  });
}

describe("install scripts", () => {
  it("that two families share are the same in both", async () => {
    const shared = ["install_build_tools.sh", "install_python_tools.sh", "python_tools.txt"];
    for (const name of shared) {
      const [one, other] = await Promise.all(
        ["therock_build_manylinux_x86_64", "therock_build_manylinux_rccl_x86_64"].map((family) =>
          readFile(join(root, "images", family, "scripts", name), "utf8"),
        ),
      );
      assert.equal(other, one, name);
    }
  });

  it("give shellcheck nothing to say", async function () {
    // The first run on a machine installs shellcheck.
    this.timeout(180_000);
    const folders = [...catalog.values()].flatMap(({ name, folder }) => [
      join(folder, "scripts"),
      join(standIns, name),
    ]);
    const files = await Promise.all(
      folders.map(async (folder) =>
        (await readdir(folder)).filter((f) => f.endsWith(".sh")).map((f) => join(folder, f)),
      ),
    );
    const programs = join(root, "local/stand-ins/base/files/usr/bin");
    const others = [
      join(root, "contract/check.sh"),
      ...(await readdir(programs)).map((name) => join(programs, name)),
    ];
    const shellcheck = await pythonTool("shellcheck");
    const { stdout, exitCode } = await execa(shellcheck, [...files.flat(), ...others], {
      reject: false,
    });
    assert.equal(stdout, "");
    assert.equal(exitCode, 0);
  });
});
