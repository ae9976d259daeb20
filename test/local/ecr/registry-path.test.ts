import assert from "node:assert/strict";
import { registryPath } from "../../../local/ecr/registry-path.ts";
import { tagsPage } from "../../../local/ecr/tags-page.ts";

describe("the path of a request to a registry", () => {
  it("tells repository and reference, however many parts the repository has", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    for (const reference of ["cuda12.8", digest]) {
      assert.deepEqual(registryPath(`/v2/pytorch/ci-image/manifests/${reference}`), {
        ...{ kind: "manifest", repository: "pytorch/ci-image", reference },
      });
    }
    assert.deepEqual(registryPath("/v2/a/manifests/b/tags/list"), {
      ...{ kind: "tags", repository: "a/manifests/b" },
    });
    assert.deepEqual(registryPath(`/v2/a/b/referrers/${digest}`), {
      ...{ kind: "referrers", repository: "a/b", digest },
    });
    for (const path of [`blobs/${digest}`, "blobs/uploads/", "blobs/uploads/1-2_a="]) {
      assert.deepEqual(registryPath(`/v2/a__b/c-d/${path}`), {
        ...{ kind: "content", repository: "a__b/c-d" },
      });
    }
    for (const path of ["/v2", "/v2/", "/v2/_catalog"]) {
      assert.deepEqual(registryPath(path), { kind: "registry" });
    }
  });

  it("is refused where the registry behind could read another repository in it", () => {
    for (const path of [
      "/",
      "/v1/a/manifests/b",
      "/v2/a/../b/manifests/c",
      "/v2/a/%2e%2e/b/manifests/c",
      "/v2/a//manifests/c",
      "/v2/A/manifests/c",
      "/v2/a/blobs/../manifests/c",
      "/v2/a/manifests/",
      "/v2/a/referrers/x",
    ]) {
      assert.equal(registryPath(path), undefined, path);
    }
  });
});

describe("a page of tags", () => {
  const page = (query: string) =>
    tagsPage("a/b", ["c", "a", "b", "d"], new URL(`http://localhost/v2/a/b/tags/list${query}`));

  it("holds all of them in order where no number is asked for", () => {
    assert.deepEqual(page(""), { body: { name: "a/b", tags: ["a", "b", "c", "d"] } });
  });

  it("leads to the next one until there is none", () => {
    assert.deepEqual(page("?n=3"), {
      body: { name: "a/b", tags: ["a", "b", "c"] },
      link: '</v2/a/b/tags/list?last=c&n=3>; rel="next"',
    });
    assert.deepEqual(page("?last=c&n=3"), { body: { name: "a/b", tags: ["d"] } });
    assert.deepEqual(page("?last=d&n=3"), { body: { name: "a/b", tags: [] } });
  });
});
