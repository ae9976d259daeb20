import assert from "node:assert/strict";
import fc from "fast-check";
import { parseChallenges } from "../../oci/challenge.ts";

describe("parseChallenges", () => {
  it("reads what registries send", () => {
    assert.deepEqual(
      parseChallenges(
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      ),
      [
        {
          scheme: "bearer",
          parameters: {
            realm: "https://auth.docker.io/token",
            service: "registry.docker.io",
            scope: "repository:a/b:pull,push",
          },
        },
      ],
    );
    assert.deepEqual(parseChallenges('Basic realm="https://1.dkr.ecr.us-east-1.amazonaws.com/"'), [
      { scheme: "basic", parameters: { realm: "https://1.dkr.ecr.us-east-1.amazonaws.com/" } },
    ]);
  });

  it("reads several challenges in one header, bare values and escaped quotes", () => {
    assert.deepEqual(parseChallenges('Negotiate, Basic realm=plain, BEARER Realm="a\\"b" , x=1'), [
      { scheme: "negotiate", parameters: {} },
      { scheme: "basic", parameters: { realm: "plain" } },
      { scheme: "bearer", parameters: { realm: 'a"b', x: "1" } },
    ]);
  });

  it("stops at what it cannot read, and always ends", () => {
    assert.deepEqual(parseChallenges('Basic realm="a", "b"'), [
      { scheme: "basic", parameters: { realm: "a" } },
    ]);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => void parseChallenges(text)),
      {
        numRuns: 200,
      },
    );
  });
});
