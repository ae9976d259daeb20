import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCatalog } from "../../catalog.ts";
import { parseDockerfile, viewOf } from "../../context/dockerfile.ts";
import { stagesWithoutEpoch } from "../../context/epoch.ts";
import { buildArgsOf } from "../../rules/image-file.ts";
import { EPOCH_ARG } from "../../rules/image-file-schema.ts";

const catalog = await readCatalog();

for (const family of catalog.values()) {
  describe(`the Dockerfile of ${family.name}`, () => {
    let text: string;
    before(async () => {
      text = await readFile(join(family.folder, "Dockerfile"), "utf8");
    });

    it("stands on the named context base alone", () => {
      const { stages } = parseDockerfile(text);
      assert.equal(stages[0]?.from, "base");
      // BuildKit would replace a stage of that name by the context, instructions and all.
      assert.ok(stages.every(({ name }) => name !== "base" && name !== "scripts"));
    });

    it("needs no frontend but the one that is built in", () => {
      assert.equal(parseDockerfile(text).frontend, undefined);
    });

    it("holds no build arg's value, which would rename the images that do not use it too", () => {
      const [before = "", ...stages] = text.split(/^(?=FROM )/m);
      for (const [line] of stages.join("").matchAll(/^ARG .*$/gm)) assert.match(line, /^ARG \w+$/);
      // One before the first stage stands in a FROM, where a name of a stage is needed to read the file at all.
      const names = parseDockerfile(text).stages.map(({ name }) => name);
      for (const [, value] of before.matchAll(/^ARG \w+=(.*)$/gm)) {
        assert.ok(names.includes(value), value);
      }
    });

    it("gets every build arg that its stages declare", () => {
      const { args } = parseDockerfile(text);
      const given = new Set(
        family.images.flatMap((image) => Object.keys(buildArgsOf(family, image))),
      );
      assert.deepEqual([...args].sort(), [...given].sort());
    });

    it("lets every step of every image see the epoch", () => {
      const dockerfile = parseDockerfile(text);
      for (const { buildArgs, target } of family.images) {
        const view = viewOf(dockerfile, buildArgs, target);
        assert.ok(view.chains?.some((chain) => chain.length > 0));
        assert.deepEqual(stagesWithoutEpoch(dockerfile, view, EPOCH_ARG), []);
      }
      const declared = text.replaceAll(/^#.*\n/gm, "").split(/^(?=RUN )/m)[0];
      assert.match(declared ?? "", /^ARG SLIPWAY_EPOCH$/m, "before the first RUN of all");
    });

    it("labels its images", () => {
      for (const label of ["title", "description", "vendor"]) {
        assert.ok(text.includes(`org.opencontainers.image.${label}=`), label);
      }
      assert.ok(text.includes(`org.opencontainers.image.title="${family.name}"`));
    });

    it("runs nothing but its install scripts, which a stand-in can replace", () => {
      const lines = text
        .replaceAll(/^#.*\n/gm, "")
        .replaceAll(/\\\n\s*/g, "")
        .split("\n");
      for (const line of lines.filter((each) => each.startsWith("RUN"))) {
        const command = line.replace(/^RUN(?:\s+--mount=\S+)*\s+/, "");
        assert.match(command, /^\/tmp\/\w+\.sh(?: \/tmp\/\w+\.txt)?$/);
      }
    });
  });
}
