import assert from "node:assert/strict";
import { readCatalog } from "../../catalog.ts";
import { imageUrns } from "../../rules/image-urns.ts";
import { familiesOf, onFakeCloud, runStack } from "../support/program.ts";

const place = { project: "slipway", stack: "main" };

describe("the URNs of an image's resources", () => {
  onFakeCloud();

  for (const stack of ["main", "local"]) {
    it(`are those that stack ${stack} declares, all of them and no others`, async () => {
      const all = await runStack(stack, { preview: true });
      const declared = all.resources
        .map(({ urn }) => urn)
        .filter((urn) => urn.includes("$slipway:index:AcceleratorImage"));
      const catalog = await readCatalog();
      const told = familiesOf(stack).flatMap((name) => {
        const family = catalog.get(name)!;
        return family.images.flatMap(({ accelerator }) =>
          imageUrns(
            { ...place, stack },
            {
              ...{ family: name, platforms: family.platforms },
              ...(accelerator !== undefined && { accelerator }),
              hasContract: family.contract !== undefined,
            },
          ),
        );
      });
      assert.ok(told.length > 3);
      assert.deepEqual(told.sort(), declared.sort());
    });
  }

  it("are two builds for each of several platforms", () => {
    const platforms = ["linux/amd64", "linux/arm/v7"];
    const names = (hasContract: boolean) =>
      imageUrns(place, { family: "tools", accelerator: "cpu", platforms, hasContract }).map((urn) =>
        urn.replace(/.*::/, ""),
      );
    assert.deepEqual(names(false), [
      ...["tools/cpu", "tools/cpu-content-amd64", "tools/cpu-content-arm-v7", "tools/cpu-name"],
    ]);
    assert.deepEqual(names(true).slice(3, 5), [
      "tools/cpu-contract-amd64",
      "tools/cpu-contract-arm-v7",
    ]);
  });
});
