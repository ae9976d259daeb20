/* What a request asks a registry for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { byteRange, registryRoute } from "../../rules/registry-route.ts";

const parts = fc.array(
  fc.constantFrom("..", "%2e", "%2F", "a", "/", "/blobs/", "/manifests/", "/tags/list", ".", "b"),
);
const digest = `sha256:${"a".repeat(64)}`;

describe("the path of a request to a registry", () => {
  it("asks for manifests by digest or tag, for blobs by digest, and for tags", () => {
    const path = "pytorch/ci-image";
    assert.deepEqual(registryRoute("/v2/"), { kind: "base" });
    assert.deepEqual(registryRoute("/v2"), { kind: "base" });
    assert.deepEqual(registryRoute(`/v2/${path}/manifests/${digest}`), {
      ...{ kind: "manifest", path, reference: digest },
    });
    assert.deepEqual(registryRoute(`/v2/${path}/manifests/cuda12.8`), {
      ...{ kind: "manifest", path, reference: "cuda12.8" },
    });
    assert.deepEqual(registryRoute(`/v2/${path}/blobs/${digest}`), { kind: "blob", path, digest });
    assert.deepEqual(registryRoute(`/v2/${path}/blobs/sha256%3A${"a".repeat(64)}`), {
      ...{ kind: "blob", path, digest },
    });
    assert.deepEqual(registryRoute(`/v2/${path}/tags/list`), { kind: "tags", path });
    assert.deepEqual(registryRoute("/v2/a/manifests/b/tags/list"), {
      ...{ kind: "tags", path: "a/manifests/b" },
    });
  });

  it("is none that leads elsewhere, however it is written", () => {
    const tricks = [
      ...[
        "",
        "/",
        "/v1/",
        "//v2/",
        "/v2/../v2/",
        "/v2/x/blobs/",
        "/v2/x/tags/list/",
        "/v2/_catalog",
      ],
      ...[
        "/v2/../../etc/manifests/passwd",
        "/v2/%2e%2e/manifests/x",
        "/v2/x/manifests/..",
        "/v2/%",
      ],
      ...[
        "/v2/x/manifests/%2e%2e%2fetc",
        "/v2/x//y/manifests/z",
        "/v2/X/manifests/z",
        "/v2/x/manifests/",
      ],
      ...[
        `/v2/x/blobs/${digest}x`,
        `/v2/x/blobs/sha512:${"a".repeat(128)}`,
        "/v2/x/blobs/../index.json",
      ],
      ...[
        `/v2/x/blobs/%00${digest}`,
        "/v2/x\\y/manifests/z",
        `/v2/x/blobs/${digest}/`,
        "/v2/x/manifests/a%0ab",
      ],
    ];
    for (const path of tricks) assert.equal(registryRoute(path), undefined, path);
    fc.assert(
      fc.property(parts, (path) => {
        const route = registryRoute(`/v2/${path.join("")}`);
        assert.ok(!JSON.stringify(route ?? {}).includes(".."));
      }),
    );
  });
});

describe("the part of a file that is asked for", () => {
  it("is the whole where nothing is understood, or several parts are asked for", () => {
    const headers = [
      undefined,
      "",
      "bytes",
      "bytes=",
      "bytes=-",
      "items=0-1",
      "bytes=1-0",
      "bytes=0-1,2-3",
    ];
    for (const header of headers) assert.equal(byteRange(header, 10), undefined, header);
  });

  it("is none where the file has none of it", () => {
    for (const header of ["bytes=10-", "bytes=10-20", "bytes=-0"]) {
      assert.equal(byteRange(header, 10), "unsatisfiable", header);
    }
    assert.equal(byteRange("bytes=0-", 0), "unsatisfiable");
    assert.equal(byteRange("bytes=-5", 0), "unsatisfiable");
  });

  it("is what slices of the same numbers are", () => {
    const number = fc.nat({ max: 20 });
    fc.assert(
      fc.property(number, number, number, (size, first, last) => {
        const file = Array.from({ length: size }, (_, at) => at);
        const taken = (header: string): number[] => {
          const range = byteRange(header, size);
          if (range === "unsatisfiable") return [];
          return range === undefined ? file : file.slice(range.start, range.end);
        };
        assert.deepEqual(taken(`bytes=${first}-`), file.slice(first));
        assert.deepEqual(taken(`bytes=-${last}`), last === 0 ? [] : file.slice(-last));
        if (first <= last) {
          assert.deepEqual(taken(`bytes=${first}-${last}`), file.slice(first, last + 1));
        }
      }),
    );
  });
});
