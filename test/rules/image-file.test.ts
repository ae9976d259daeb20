import assert from "node:assert/strict";
import { readImageFile } from "../../rules/image-file.ts";
import { formatProblems } from "../../rules/problems.ts";

const OFFER = {
  stages: ["cpu", "final"],
  args: new Set(["DEVTOOLSET_VERSION", "CUDA_VERSION"]),
};
const DIGEST = `sha256:${"1".repeat(64)}`;
const GOOD = `
description: Builders
scheme: pytorch
registries: [ecr, docker.io]
platforms: [linux/amd64, linux/arm64]
bases:
  almalinux: { image: docker.io/amd64/almalinux:8.10, digest: unresolved }
  rocm: { image: docker.io/rocm/dev:7.0, digest: ${DIGEST} }
defaults: { base: almalinux, target: final, buildArgs: { DEVTOOLSET_VERSION: 13 } }
accelerators:
  cuda12.10: { buildArgs: { CUDA_VERSION: 12.10 } }
  rocm7.0: { base: rocm, target: cpu, buildArgs: { DEVTOOLSET_VERSION: 11 } }
`;

function faults(text: string): string {
  const read = readImageFile(text, OFFER);
  assert.ok("problems" in read, "it was read without a fault");
  return formatProblems("image.yaml", read.problems);
}

describe("an image.yaml", () => {
  it("is read into images, what an image does not say taken from the defaults", () => {
    const read = readImageFile(GOOD, OFFER);
    assert.ok("file" in read);
    assert.deepEqual(read.file, {
      description: "Builders",
      scheme: "pytorch",
      registries: ["ecr", "docker.io"],
      platforms: ["linux/amd64", "linux/arm64"],
      epoch: 0,
      images: [
        {
          accelerator: "cuda12.10",
          base: { image: "docker.io/amd64/almalinux:8.10", digest: "unresolved" },
          target: "final",
          buildArgs: { DEVTOOLSET_VERSION: "13", CUDA_VERSION: "12.10" },
        },
        {
          accelerator: "rocm7.0",
          base: { image: "docker.io/rocm/dev:7.0", digest: DIGEST },
          target: "cpu",
          buildArgs: { DEVTOOLSET_VERSION: "11" },
        },
      ],
    });
  });

  it("gives an accelerator what its group says, before the defaults and after its own", () => {
    const text = `
description: Builders
scheme: pytorch
registries: [ghcr.io]
platforms: [linux/amd64]
bases:
  almalinux: { image: docker.io/amd64/almalinux:8.10, digest: unresolved }
  rocm: { image: docker.io/rocm/dev:7.0, digest: unresolved }
defaults: { base: almalinux, target: final, buildArgs: { DEVTOOLSET_VERSION: 13, CUDA_VERSION: 1 } }
groups:
  rocm: { base: rocm, target: cpu, buildArgs: { CUDA_VERSION: 2 } }
accelerators:
  cpu: {}
  rocm7.0: { group: rocm }
  rocm7.1: { group: rocm, base: almalinux, target: final, buildArgs: { CUDA_VERSION: 3 } }
`;
    const read = readImageFile(text, OFFER);
    assert.ok("file" in read);
    const images = read.file.images.map(({ base, target, buildArgs }) => [
      base.image,
      target,
      buildArgs,
    ]);
    const almalinux = "docker.io/amd64/almalinux:8.10";
    assert.deepEqual(images, [
      [almalinux, "final", { DEVTOOLSET_VERSION: "13", CUDA_VERSION: "1" }],
      ["docker.io/rocm/dev:7.0", "cpu", { DEVTOOLSET_VERSION: "13", CUDA_VERSION: "2" }],
      [almalinux, "final", { DEVTOOLSET_VERSION: "13", CUDA_VERSION: "3" }],
    ]);
  });

  it("needs no base in the defaults where a group has one", () => {
    const groups = "groups: { all: { base: rocm }, none: {} }\n";
    const text = GOOD.replace("base: almalinux, target: final, ", "")
      .replace("{ buildArgs: { CUDA_VERSION", "{ group: all, buildArgs: { CUDA_VERSION")
      .replace("accelerators:", `${groups}accelerators:`);
    assert.ok("file" in readImageFile(text, OFFER));
    assert.equal(
      faults(text.replace("group: all", "group: none")),
      "image.yaml: 1 problem\n  accelerators.cuda12.10.base: missing, and its group and defaults have none either",
    );
  });

  it("has one image without accelerator in scheme therock", () => {
    const text = `
description: Tests
scheme: therock
registries: [ghcr.io]
platforms: [linux/amd64]
epoch: 3
bases: { noble: { image: docker.io/library/ubuntu:24.04, digest: unresolved } }
image: { base: noble }
`;
    const read = readImageFile(text, OFFER);
    assert.ok("file" in read);
    assert.equal(read.file.epoch, 3);
    assert.deepEqual(read.file.images, [
      {
        base: { image: "docker.io/library/ubuntu:24.04", digest: "unresolved" },
        buildArgs: {},
      },
    ]);
  });

  it("is refused with aliases of nothing, or that repeat without end", () => {
    const lines = Array.from(
      { length: 9 },
      (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`,
    );
    const bomb = `a0: &a0 x\n${lines.join("\n")}\n`;
    assert.match(faults(bomb), /\(file\): an alias that nobody follows: Excessive alias count/);
    assert.match(faults("image: *nothing\n"), /\(file\): an alias that nobody follows: .*nothing/);
  });

  it("shows all its faults at once", () => {
    const text = `
descripton: x
scheme: pytorch
registries: [ecr, quay.io]
platforms: [linux/amd64, windows]
epoch: soon
bases:
  almalinux: { image: almalinux:8, digest: sha256:12 }
  other: { image: docker.io/x/y, digest: unresolved, extra: 1 }
  pinned: { image: "docker.io/x/y:1@${DIGEST}", digest: unresolved }
defaults: { target: finl, buildArgs: { DEVTOOLSET_VERSON: 13, MY_TOKEN: x } }
accelerators:
  cuda12.8-main: { base: almalinx }
  CUDA: {}
  cpu: [a]
`;
    assert.equal(
      faults(text),
      `image.yaml: 18 problems
  accelerators.CUDA: "CUDA" is no accelerator; write lower-case letters and digits, parts separated by one ".", "_" or "-"
  accelerators.CUDA.base: missing, and defaults has none either
  accelerators.cpu: a list is not a map; write e.g. {}
  accelerators.cuda12.8-main: "cuda12.8-main" ends like the name of the main channel ("-main"); join the last part otherwise, e.g. "ubuntu24.04" for "ubuntu-24.04"
  accelerators.cuda12.8-main.base: "almalinx" is not an entry of bases (did you mean "almalinux"?); write one of almalinux, other, pinned
  bases.almalinux.digest: "sha256:12" is not a digest; write e.g. unresolved, or sha256: and 64 hex digits
  bases.almalinux.image: "almalinux:8" names no registry: write it in full, e.g. docker.io/library/almalinux:8
  bases.other.extra: unknown key; the keys here are image, digest
  bases.other.image: "docker.io/x/y" has neither a tag nor a digest
  bases.pinned.image: "docker.io/x/y:1@${DIGEST}" must have a tag and no digest; write the digest as digest: sha256:...
  defaults.buildArgs.DEVTOOLSET_VERSON: no ARG of the Dockerfile (did you mean "DEVTOOLSET_VERSION"?); without one the build ignores it
  defaults.buildArgs.MY_TOKEN: reads like a secret, and build args can be read in the image's history; use a build secret
  defaults.target: "finl" is not a stage of the Dockerfile (did you mean "final"?); write one of cpu, final
  description: missing; a sentence on what the images are for
  descripton: unknown key (did you mean "description"?); the keys here are description, scheme, registries, platforms, epoch, treeName, cache, contract, bases, image, defaults, groups, accelerators
  epoch: "soon" is not a whole number of at most nine digits; write e.g. 1
  platforms.1: "windows" is not a platform; write e.g. linux/amd64
  registries.1: "quay.io" is not a registry; write one of ecr, ghcr.io, docker.io`,
    );
  });

  const single: readonly (readonly [string, string, string])[] = [
    ["an unknown registry", "registries: [ecr, docker.io]", "registries: [ecr, docker.oi]"],
    ["an empty list", "registries: [ecr, docker.io]", "registries: []"],
    ["a list that says a thing twice", "registries: [ecr, docker.io]", "registries: [ecr, ecr]"],
    ["a word in place of a list", "registries: [ecr, docker.io]", "registries: ecr"],
    [
      "a runner of GitHub's as a cache",
      "scheme: pytorch",
      "scheme: pytorch\ncache: [ubuntu-24.04]",
    ],
    ["all runners as a cache", "scheme: pytorch", "scheme: pytorch\ncache: [Self-Hosted]"],
    ["a cache by no label", "scheme: pytorch", 'scheme: pytorch\ncache: ["$(id)"]'],
    ["a cache in no list", "scheme: pytorch", "scheme: pytorch\ncache: true"],
    ["an unknown scheme", "scheme: pytorch", "scheme: pytorsh"],
    ["no accelerators", GOOD.slice(GOOD.indexOf("accelerators")), "accelerators: {}"],
    ["one image beside accelerators", "defaults:", "image: { base: rocm }\ndefaults:"],
    ["a key that is there twice", "scheme: pytorch", "scheme: pytorch\nscheme: pytorch"],
    ["what is no YAML", "registries: [ecr, docker.io]", "registries: [ecr"],
    ["a group that there is not", "{ base: rocm, target", "{ group: x, base: rocm, target"],
    ["a frontend as a build arg", "{ CUDA_VERSION: 12.10 }", "{ BUILDKIT_SYNTAX: a/b:1 }"],
    ["the epoch as a build arg", "{ CUDA_VERSION: 12.10 }", "{ SLIPWAY_EPOCH: 1 }"],
    ["a group in a group", "defaults:", "groups: { rocm: { group: rocm } }\ndefaults:"],
    ["build args that are no map", "{ CUDA_VERSION: 12.10 }", "[12.10]"],
  ];
  const messages = [
    '  registries.1: "docker.oi" is not a registry (did you mean "docker.io"?); write one of ecr, ghcr.io, docker.io',
    "  registries: empty; write at least one, e.g. [ghcr.io]",
    "  registries: names one of its registries twice; write each once",
    '  registries: "ecr" is not a list of registries; write e.g. [ghcr.io]',
    '  cache.0: "ubuntu-24.04" are machines of GitHub\'s, which keep nothing; write the label of runners of your own',
    '  cache.0: "Self-Hosted" are all runners of your own; give those that keep images a label by itself, e.g. linux.rocm.gfx942.docker-cache',
    '  cache.0: "$(id)" is no label of a runner; write letters, digits, ".", "_" and "-", e.g. linux.rocm.gfx942.docker-cache',
    '  cache: "true" is not a list of labels of runners; write e.g. [linux.rocm.gfx942.docker-cache]',
    '  scheme: "pytorsh" is not a scheme; write e.g. pytorch or therock',
    "  accelerators: empty; write at least one, e.g. cpu: {}",
    "  image: scheme pytorch has one image for each accelerator; write accelerators instead",
    "  line 4: not YAML: Map keys must be unique",
    "  line 5: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    '  accelerators.rocm7.0.group: "x" is not an entry of groups; there is none',
    "  accelerators.cuda12.10.buildArgs.BUILDKIT_SYNTAX: sets the image that reads the Dockerfile, and an image's content must follow from its sources alone; leave it out, or write a line # syntax=IMAGE@sha256:... into the Dockerfile",
    "  accelerators.cuda12.10.buildArgs.SLIPWAY_EPOCH: reserved: every build gets the family's epoch as this; leave it out, and write epoch: 1 at the top of the file",
    "  groups.rocm.group: unknown key; the keys here are base, target, buildArgs",
    "  accelerators.cuda12.10.buildArgs: a list is not a map; write e.g. { NAME: value }",
  ];
  for (const [index, [what, from, to]] of single.entries()) {
    it(`is refused with ${what}`, () => {
      assert.ok(GOOD.includes(from));
      const message = faults(GOOD.replace(from, to));
      assert.equal(message.split("\n")[1], messages[index], message);
    });
  }

  it("may state a contract, a rollback of one accelerator and a folder that names its content too", () => {
    const text = `${GOOD.replace("rocm, target: cpu,", `rocm, target: cpu, float: ${DIGEST},`)}
treeName: .ci/docker
cache: [linux.rocm.gfx942.docker-cache]
contract:
  glibcAtMost: 2.28
  absentPackages: { patterns: ["*-devel"] }
  absentPaths: ["/opt/rocm*"]
  tools: [cmake, g++]
`;
    const read = readImageFile(text, OFFER);
    assert.ok("file" in read);
    assert.deepEqual(
      read.file.images.map(({ float }) => float),
      [undefined, DIGEST],
    );
    assert.ok(!("float" in read.file.images[0]!));
    assert.equal(read.file.treeName, ".ci/docker");
    assert.deepEqual(read.file.cache, ["linux.rocm.gfx942.docker-cache"]);
    assert.deepEqual(read.file.contract, {
      glibcAtMost: "2.28",
      absentPackages: { patterns: ["*-devel"], except: [] },
      absentPaths: ["/opt/rocm*"],
      tools: ["cmake", "g++"],
    });
  });

  it("states no contract that a shell could take for more, or that says nothing", () => {
    const contract = (text: string) =>
      faults(`${GOOD}contract: ${text}\n`).split("\n").slice(1).join("\n");
    assert.equal(
      contract(
        '{ glibcAtMost: 3, tools: [], absentPaths: [opt, "/a b", /../x, "/$(x)"], absentPackages: { pattern: [x], patterns: ["*;id"] }, tool: [x] }',
      ),
      `  contract.absentPackages.pattern: unknown key (did you mean "patterns"?); the keys here are patterns, except
  contract.absentPackages.patterns.0: "*;id" is not a package's name or a pattern of names; write e.g. "*-devel"
  contract.absentPaths.0: "opt" is not an absolute path or a pattern of one; write e.g. "/opt/rocm*"
  contract.absentPaths.1: "/a b" is not an absolute path or a pattern of one; write e.g. "/opt/rocm*"
  contract.absentPaths.2: "/../x" is not an absolute path or a pattern of one; write e.g. "/opt/rocm*"
  contract.absentPaths.3: "/$(x)" is not an absolute path or a pattern of one; write e.g. "/opt/rocm*"
  contract.glibcAtMost: "3" is not a version of glibc; write e.g. "2.28"
  contract.tool: unknown key (did you mean "tools"?); the keys here are glibcAtMost, absentPackages, absentPaths, tools
  contract.tools: empty; write at least one, e.g. [cmake]`,
    );
    assert.equal(
      contract("{}"),
      "  contract: holds no rule; write e.g. tools: [cmake], or leave it out",
    );
    assert.equal(
      contract("[cmake]"),
      "  contract: a list is not a map; write e.g. { tools: [cmake] }",
    );
  });

  it("rolls back to a digest, and one image at a time", () => {
    const float = (place: string, value: string) =>
      faults(GOOD.replace(place, `${place}float: ${value}, `)).split("\n")[1];
    assert.equal(
      float("rocm7.0: { ", "rocm7.0"),
      '  accelerators.rocm7.0.float: "rocm7.0" is not a digest; write e.g. sha256: and 64 hex digits, or leave it out',
    );
    assert.equal(
      float("defaults: { ", DIGEST),
      "  defaults.float: unknown key; the keys here are base, target, buildArgs",
    );
  });

  for (const folder of ["/abs", "..", "a/../b", "a/./b", "a//b", "a/", ".", "a b", ":x"]) {
    it(`names no content after ${JSON.stringify(folder)}`, () => {
      assert.match(
        faults(`${GOOD}treeName: "${folder}"\n`),
        /treeName: ".*" is not a folder, written from the root of the git repository; write e.g. .ci\/docker/,
      );
    });
  }

  it("has no accelerators in scheme therock", () => {
    const message = faults(GOOD.replace("scheme: pytorch", "scheme: therock"));
    assert.equal(
      message,
      `image.yaml: 3 problems
  accelerators: scheme therock has one image and no accelerators; write image instead
  defaults: scheme therock has one image and no accelerators; write image instead
  image: missing; scheme therock has one image and no accelerators, e.g. image: { base: ubuntu }`,
    );
  });

  it("is no empty file", () => {
    assert.equal(
      faults(""),
      "image.yaml: 1 problem\n  image.yaml: null is not a map; write e.g. description: ...",
    );
  });

  it("is not compared with a Dockerfile that could not be read", () => {
    const text = GOOD.replace("target: cpu", "target: unknown");
    assert.ok("file" in readImageFile(text));
    assert.match(faults(text), /accelerators.rocm7.0.target: "unknown" is not a stage/);
  });
});
