import assert from "node:assert/strict";
import { chooseFamily, type FamilyChoice } from "../../cli/names-family.ts";
import { UserError } from "../../rules/problems.ts";

describe("the family whose names are asked for", () => {
  const choices: readonly (readonly [FamilyChoice, string])[] = [
    [{}, "almalinux-builder"],
    [{ scheme: "pytorch" }, "almalinux-builder"],
    [{ scheme: "therock" }, "no_rocm_image_ubuntu24_04"],
    [{ family: "ci-image" }, "ci-image"],
    [{ family: "ci-image", scheme: "pytorch", stack: "main" }, "ci-image"],
    [{ stack: "therock" }, "therock_build_manylinux_x86_64"],
    [{ stack: "main" }, "almalinux-builder"],
    // Its cloud need not run.
    [{ stack: "local", scheme: "therock" }, "therock_build_manylinux_x86_64"],
  ];
  for (const [choice, name] of choices) {
    it(`is ${name} for ${JSON.stringify(choice)}`, async () => {
      assert.equal((await chooseFamily(choice)).name, name);
    });
  }

  const refusals: readonly (readonly [FamilyChoice, RegExp])[] = [
    [
      { family: "ci-imag" },
      /^"ci-imag" is no family of images\/ \(did you mean "ci-image"\?\); there are: almalinux-builder, /,
    ],
    [
      { stack: "therock", family: "ci-image" },
      /^stack therock does not publish "ci-image"; name one that it does: therock_build_manylinux_x86_64, /,
    ],
    [
      { scheme: "therock", family: "ci-image" },
      /^family ci-image has the scheme pytorch, not therock; leave --scheme out$/,
    ],
    [
      { stack: "main", scheme: "therock" },
      /^stack main has no family of scheme therock; leave --scheme out, or name a stack/,
    ],
    [{ stack: "mian" }, /^Pulumi\.mian\.yaml: not found/],
  ];
  for (const [choice, message] of refusals) {
    it(`is refused for ${JSON.stringify(choice)}`, async () => {
      await assert.rejects(chooseFamily(choice), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
