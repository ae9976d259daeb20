import assert from "node:assert/strict";
import { pinsGraphText } from "../../../cli/print/pins-graph.ts";
import { pinName } from "../../../rules/names.ts";
import type { GraphDigest, RegistryWord } from "../../../rules/pins/graph.ts";
import { digestOf, managed } from "../../rules/pins/support/places.ts";

const digest = digestOf("a");
const report = {
  ...{ unknown: 0, only: [], stack: "main", offline: false },
  managed: { repositories: [managed] },
};
const node = (more: Partial<GraphDigest> = {}): GraphDigest => ({
  ...{ image: "tools", digest, users: [], channels: [], names: [], registries: [] },
  places: [{ file: "a.yml", line: 3, column: 1 }],
  ecr: [{ path: "rocm/tools", state: "elsewhere" }],
  ...more,
});
const word = (state: RegistryWord["state"], detail?: string): RegistryWord => ({
  ...{ repository: "ghcr.io/rocm/tools", state },
  ...(detail !== undefined && { detail }),
});

describe("what is printed of the graph of pins", () => {
  it("calls nothing safe that is not there, or that nobody was asked for", () => {
    const of = (own: Partial<GraphDigest>, offline = false) =>
      pinsGraphText({ ...report, offline, graph: [node(own)] })
        .split("\n")
        .filter((line) => /^ {2}(?:on|not|retention)/.test(line));
    assert.deepEqual(of({ registries: [word("there")] }), [
      "  on        ghcr.io/rocm/tools",
      "  retention nothing deletes it: ECR does not carry tools",
    ]);
    assert.deepEqual(of({ registries: [word("missing", "no such digest")] }), [
      "  not on    ghcr.io/rocm/tools",
      "  retention not on its registry; ECR does not carry tools",
    ]);
    assert.deepEqual(of({ registries: [word("unchecked", "no login")] }), [
      "  not asked ghcr.io/rocm/tools: no login",
      "  retention ECR does not carry tools; its registry was not asked",
    ]);
    assert.deepEqual(of({}, true), [
      "  retention ECR does not carry tools; its registry was not asked (--offline)",
    ]);
    assert.deepEqual(
      of({ ecr: [{ path: "rocm/tools", state: "unasked", reason: "no credentials" }] }),
      ["  retention not known: ECR was not asked (no credentials)"],
    );
  });

  it("says of which repository it speaks where there are several", () => {
    const text = pinsGraphText({
      ...report,
      graph: [
        node({
          ecr: [
            { path: "rocm/tools", state: "absent" },
            { path: "rocm/tools-candidate", state: "kept", by: "rule" },
          ],
        }),
      ],
    });
    assert.match(text, /^ {2}retention not on ECR \(rocm\/tools\)$/m);
    assert.match(text, /^ {2}retention nothing .* for a year \(rocm\/tools-candidate\)$/m);
  });

  it("repeats no pin- name that retention speaks of, and has others with their registry", () => {
    const names = [`ecr/rocm/tools:${pinName(digest)}`, "ecr/rocm/tools:k1"];
    const kept = node({ names, ecr: [{ path: "rocm/tools", state: "kept", by: "pin" }] });
    const text = pinsGraphText({ ...report, graph: [kept] });
    assert.match(text, /^ {2}called {4}ecr\/rocm\/tools:k1$/m);
    assert.doesNotMatch(text, /pin-[0-9a-f]/);
  });

  it("ends with what it is of", () => {
    const graph = [node(), node({ users: ["o/r@main"], registries: [word("missing")] })];
    const last = (more: Partial<Parameters<typeof pinsGraphText>[0]>) =>
      pinsGraphText({ ...report, graph, ...more })
        .replaceAll(/\n {2}(?=\()/g, " ")
        .split("\n")
        .at(-1);
    assert.equal(
      last({}),
      "2 digests of 1 image: 2 in the tree, 1 used by others, 0 published, 1 not on a registry of its users",
    );
    assert.equal(
      last({ graph: [] }),
      "no pin found of the images of stack main; looked for tools on ghcr.io",
    );
    assert.equal(
      last({ graph: [], only: ["tools"] }),
      "no digest of tools is used, neither in the tree nor by Pins.main.yaml",
    );
    assert.match(
      pinsGraphText({ ...report, graph, unknown: 2 }).replaceAll(/\n {2}/g, " "),
      /left out: 2 places whose image is not known$/,
    );
  });
});
