import { deepEqual, doesNotThrow, throws } from "node:assert/strict";
import { checkNewest, exportedFiles } from "../../../../cli/cache/export/exported-files.ts";
import { inChannelOrder } from "../../../../cli/cache/store/channel-order.ts";

describe("the files of exported images", () => {
  const labels = ["ci-image/pytorch-linux-jammy-rocm-n-py3", "no_rocm_image_ubuntu24_04"];
  const images = labels.map((label) => ({ label }));

  it("are called as runners look for them: by accelerator or family, and main or release", () => {
    deepEqual(
      [...exportedFiles(images, "main")],
      [
        [labels[0], "pytorch-linux-jammy-rocm-n-py3_main.tar"],
        [labels[1], "no_rocm_image_ubuntu24_04_main.tar"],
      ],
    );
    deepEqual(
      [...exportedFiles(images, "release/2.10").values()],
      ["pytorch-linux-jammy-rocm-n-py3_release.tar", "no_rocm_image_ubuntu24_04_release.tar"],
    );
  });

  it("are refused with both images where two would have one", () => {
    const clash = [{ label: "almalinux-builder/cpu" }, { label: "libtorch/cpu" }, { label: "cpu" }];
    throws(
      () => exportedFiles(clash, "main"),
      /cpu_main\.tar: .* almalinux-builder\/cpu and of libtorch\/cpu and of cpu; choose one/,
    );
  });

  it("are those of the newest release line alone, by its numbers", () => {
    const channels = inChannelOrder(["release/2.10", "main", "release/2.9"]);
    doesNotThrow(() => checkNewest("main", channels));
    doesNotThrow(() => checkNewest("release/2.10", channels));
    throws(() => checkNewest("release/2.9", channels), /that is release\/2\.10/);
  });
});
