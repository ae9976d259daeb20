import assert from "node:assert/strict";
import { managedImages } from "../../../rules/pins/managed-images.ts";

describe("the images that are looked for", () => {
  it("are every family on each of its registries, its candidates, and what is listed", () => {
    const { repositories } = managedImages(
      {
        owner: "ROCm",
        families: [{ name: "x", accelerators: ["a"], hosts: ["ghcr.io", "docker.io"] }],
      },
      ["quay.io/a/b"],
    );
    assert.deepEqual(repositories, [
      { host: "ghcr.io", path: "rocm/x", family: "x", accelerators: ["a"], candidate: false },
      { host: "docker.io", path: "rocm/x", family: "x", accelerators: ["a"], candidate: false },
      {
        host: "ghcr.io",
        path: "rocm/x-candidate",
        family: "x",
        accelerators: ["a"],
        candidate: true,
      },
      {
        host: "docker.io",
        path: "rocm/x-candidate",
        family: "x",
        accelerators: ["a"],
        candidate: true,
      },
      { host: "quay.io", path: "a/b", accelerators: [], candidate: false },
    ]);
  });

  it("are apart where a family's name is on a registry that does not have it", () => {
    const family = { name: "x", accelerators: ["a"], hosts: ["ghcr.io"] };
    const { repositories, unpublished } = managedImages(
      { owner: "ROCm", families: [{ ...family, otherHosts: ["docker.io"] }] },
      [],
    );
    assert.deepEqual(
      repositories.map(({ host }) => host),
      ["ghcr.io", "ghcr.io"],
    );
    assert.deepEqual(unpublished, [
      {
        ...{ host: "docker.io", path: "rocm/x", family: "x", accelerators: ["a"] },
        ...{ candidate: false, published: false },
      },
    ]);
  });

  it("are only what is listed where there is no stack", () => {
    assert.deepEqual(managedImages(undefined, []).repositories, []);
  });
});
