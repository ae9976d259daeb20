// What the docker-build provider decides without BuildKit; test/integration/providers/docker-build.test.ts builds.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildLog } from "../../../local/providers/docker-build/build-log.ts";
import {
  buildctlArguments,
  pushByDigest,
} from "../../../local/providers/docker-build/buildctl-arguments.ts";
import { ContextHasher } from "../../../local/providers/docker-build/context-hash.ts";
import { withDockerConfig } from "../../../local/providers/docker-build/docker-config.ts";
import { ImageInputs } from "../../../local/providers/docker-build/inputs.ts";
import { dockerBuildProvider } from "../../../local/providers/docker-build.ts";
import { Subject } from "./lifecycle.ts";

const password = "canary-of-a-password";

function news(more: object = {}): Record<string, unknown> {
  return {
    push: false,
    buildOnPreview: false,
    exports: [
      {
        registry: {
          names: ["localhost:5001/pytorch/ci-image"],
          push: true,
          pushByDigest: true,
          nameCanonical: true,
        },
      },
    ],
    context: {
      location: "images/ci-image",
      named: {
        base: { location: "docker-image://ghcr.io/x/y@sha256:0" },
        scripts: { location: "scripts" },
      },
    },
    registries: [{ address: "localhost:5001", username: "slipway", password }],
    ...more,
  };
}

describe("arguments of a build", () => {
  const place = { folder: "/project", address: "unix:///b.sock", metadataFile: "/tmp/m.json" };
  const argumentsOf = (more?: object) => {
    const inputs = ImageInputs.parse(news(more));
    const outputs = [pushByDigest(inputs.exports[0].registry)];
    return buildctlArguments(inputs, { ...place, outputs });
  };

  it("name the contexts, the Dockerfile and a push without a name", () => {
    assert.deepEqual(argumentsOf(), [
      ...["--addr", "unix:///b.sock", "build", "--frontend", "dockerfile.v0"],
      ...["--local", "context=/project/images/ci-image"],
      ...["--local", "dockerfile=/project/images/ci-image"],
      ...["--local", "named-scripts=/project/scripts"],
      ...["--opt", "filename=Dockerfile"],
      ...["--opt", "context:base=docker-image://ghcr.io/x/y@sha256:0"],
      ...["--opt", "context:scripts=local:named-scripts"],
      "--output",
      "type=image,name=localhost:5001/pytorch/ci-image,push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=false,registry.insecure=true",
      ...["--metadata-file", "/tmp/m.json", "--progress", "rawjson"],
    ]);
  });

  it("pass target, platforms and build args as they are, whatever is in them", () => {
    const args = argumentsOf({
      target: "rocm",
      platforms: ["linux/amd64", "linux/arm64"],
      buildArgs: { VERSION: "7.0; rm -rf / $(x)" },
      dockerfile: { location: "other/My.Dockerfile" },
    });
    for (const option of [
      "target=rocm",
      "platform=linux/amd64,linux/arm64",
      "build-arg:VERSION=7.0; rm -rf / $(x)",
      "filename=My.Dockerfile",
      "dockerfile=/project/other",
    ]) {
      assert.ok(args.includes(option), option);
    }
  });

  it("allow plain http on this machine only", () => {
    const [entry] = ImageInputs.parse(news()).exports;
    const exports = [{ registry: { ...entry.registry, names: ["ghcr.io/x/y"] } }];
    assert.ok(!argumentsOf({ exports }).join(" ").includes("insecure"));
  });

  it("hold no login", () => {
    assert.ok(!JSON.stringify(argumentsOf()).includes(password));
  });
});

describe("inputs of an image", () => {
  let folder: string;
  let subject: Subject;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-inputs-"));
    mkdirSync(join(folder, "images/ci-image"), { recursive: true });
    mkdirSync(join(folder, "scripts"));
    writeFileSync(join(folder, "images/ci-image/Dockerfile"), "FROM base\n");
    subject = new Subject(
      dockerBuildProvider({}, { projectFolder: folder }),
      "docker-build:index:Image",
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it("are complete with what the stack writes and the SDK adds", async () => {
    assert.deepEqual(await subject.faults(news({ network: "default" })), []);
  });

  it("may not ask for what is not implemented", async () => {
    const faults = await subject.faults(
      news({ push: true, buildOnPreview: true, tags: ["a"], cacheTo: [], secrets: {} }),
    );
    assert.deepEqual(faults, [
      "push: true; write false",
      "buildOnPreview: true; write false",
      ...["tags", "cacheTo", "secrets"].map(
        (name) =>
          `${name}: the local docker-build provider does not implement this property; leave it out`,
      ),
    ]);
  });

  it("must name folders and files that are there", async () => {
    const named = { a: { location: "nowhere" }, b: { location: "https://example.org/x.tar" } };
    assert.deepEqual(
      await subject.faults(
        news({
          context: { location: "images/ci-image", named },
          dockerfile: { location: "images/ci-image/Other" },
        }),
      ),
      [
        "dockerfile.location: images/ci-image/Other is not there",
        "context.named.a.location: nowhere is not there",
        "context.named.b.location: https://example.org/x.tar: write a folder or docker-image://HOST/PATH",
      ],
    );
    assert.deepEqual(await subject.faults(news({ context: { location: "images/none" } })), [
      `context.location: images/none is not there; write a folder, relative to ${folder}`,
    ]);
  });

  it("must name the repository in full", async () => {
    const registry = { names: ["ci-image"], pushByDigest: true, nameCanonical: true };
    const faults = await subject.faults(news({ exports: [{ registry }] }));
    assert.equal(faults.length, 1);
    assert.match(
      faults[0]!,
      /^exports\[0\]\.registry\.names\[0\]: "ci-image" names no registry: write it in full/,
    );
  });

  it("differ when anything but a password changes", async () => {
    const checked = ImageInputs.parse(await subject.inputs(news()));
    const contextHash = await new ContextHasher(folder).hash(checked);
    subject.state = { ...checked, digest: "sha256:0", ref: "", contextHash };
    const login = { address: "localhost:5001", username: "slipway" };
    assert.deepEqual(await subject.diff(news({ registries: [{ ...login, password: "new" }] })), []);
    assert.deepEqual(
      await subject.diff(news({ registries: [{ ...login, username: "x", password }] })),
      ["registries"],
    );
    assert.deepEqual(await subject.diff(news({ target: "x", buildArgs: { A: "1" } })), [
      "buildArgs",
      "target",
    ]);
  });

  it("cannot be built with no BuildKit, and the error names the ways", async () => {
    const earlier = process.env["BUILDKIT_HOST"];
    delete process.env["BUILDKIT_HOST"];
    try {
      await assert.rejects(
        subject.create(news()),
        /docker-build: no BuildKit to build with; start the local cloud \(npm run local:up\) or set BUILDKIT_HOST/,
      );
    } finally {
      if (earlier !== undefined) process.env["BUILDKIT_HOST"] = earlier;
    }
  });
});

describe("the hash of a build context", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-hash-"));
    for (const name of ["context", "scripts"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "context/Dockerfile"), "FROM base\n");
    writeFileSync(join(folder, "context/.dockerignore"), "ignored\n");
    writeFileSync(join(folder, "scripts/install.sh"), "#!/bin/sh\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hash = () =>
    new ContextHasher(folder).hash({
      context: {
        location: "context",
        named: {
          scripts: { location: "scripts" },
          base: { location: "docker-image://ghcr.io/x/y@sha256:0" },
        },
      },
    });

  it("changes with each file that a build sees", async () => {
    const seen = [await hash()];
    const changes = [
      () => writeFileSync(join(folder, "context/Dockerfile"), "FROM base AS x\n"),
      () => writeFileSync(join(folder, "context/file"), "x"),
      () => writeFileSync(join(folder, "scripts/install.sh"), "#!/bin/sh\ntrue\n"),
      () => chmodSync(join(folder, "scripts/install.sh"), 0o755),
    ];
    for (const change of changes) {
      change();
      seen.push(await hash());
    }
    assert.equal(new Set(seen).size, seen.length);
  });

  it("is the same for ignored files and for other permissions", async () => {
    const first = await hash();
    writeFileSync(join(folder, "context/ignored"), "x");
    chmodSync(join(folder, "scripts/install.sh"), 0o600);
    assert.equal(await hash(), first);
  });
});

describe("the login of a build", () => {
  it("lies in a folder that only this user can read, and is gone afterwards", async () => {
    const folder = await withDockerConfig(
      [
        { address: "localhost:5001", username: "slipway", password },
        { address: "docker.io", username: "x", password: "y" },
      ],
      async (path) => {
        assert.equal(statSync(path).mode & 0o777, 0o700);
        const file = join(path, "config.json");
        assert.equal(statSync(file).mode & 0o777, 0o600);
        const { auths } = JSON.parse(readFileSync(file, "utf8")) as { auths: object };
        assert.deepEqual(auths, {
          "localhost:5001": { auth: Buffer.from(`slipway:${password}`).toString("base64") },
          "https://index.docker.io/v1/": { auth: Buffer.from("x:y").toString("base64") },
        });
        return path;
      },
    );
    assert.ok(!existsSync(folder));
  });

  it("is gone after a failure too", async () => {
    let folder = "";
    await assert.rejects(
      withDockerConfig([], async (path) => {
        folder = path;
        throw new Error("the build failed");
      }),
      /the build failed/,
    );
    assert.notEqual(folder, "");
    assert.ok(!existsSync(folder));
  });
});

describe("the log of a build", () => {
  const text = (value: string) => Buffer.from(value).toString("base64");
  const vertex = (name: string, more: object = {}) => ({
    digest: `sha256:${name}`,
    name,
    started: "2026-01-01T00:00:00Z",
    ...more,
  });
  const done = { completed: "2026-01-01T00:00:01.5Z" };

  function log(...statuses: (object | string)[]): { printed: string[]; failure: string } {
    const printed: string[] = [];
    const log = new BuildLog((line) => printed.push(line));
    for (const status of statuses) {
      log.add(typeof status === "string" ? status : JSON.stringify(status));
    }
    return { printed, failure: log.failure() };
  }

  it("tells of each step once, with its time, and passes on whole lines", () => {
    const { printed } = log(
      { vertexes: [vertex("[internal] load"), vertex("RUN a")] },
      { vertexes: [vertex("RUN a")], logs: [{ vertex: "sha256:RUN a", data: text("one\ntw") }] },
      { logs: [{ vertex: "sha256:RUN a", data: text("o\n") }] },
      { vertexes: [vertex("RUN a", done), vertex("COPY b", { ...done, cached: true })] },
      { vertexes: [vertex("RUN a", done)] },
    );
    assert.deepEqual(printed, ["RUN a", "  | one", "  | two", "RUN a (1.5 s)", "COPY b (cached)"]);
  });

  it("shows the last lines of the step that failed, not of one that was cancelled", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
    const { failure } = log(
      { vertexes: [vertex("RUN a"), vertex("RUN b")] },
      { logs: [{ vertex: "sha256:RUN b", data: text(lines) }] },
      { vertexes: [vertex("RUN a", { ...done, error: "context canceled: context canceled" })] },
      { vertexes: [vertex("RUN b", { ...done, error: "exit code: 2" })] },
      "error: failed to solve: exit code: 2",
    );
    const shown = failure.split("\n");
    assert.equal(shown[0], "step RUN b: exit code: 2");
    assert.deepEqual([shown.length, shown[1], shown.at(-1)], [21, "  | line 10", "  | line 29"]);
  });

  it("shows what buildctl says when no step failed", () => {
    assert.equal(
      log("", "error: failed to solve: no such file").failure,
      "failed to solve: no such file",
    );
    assert.equal(log().failure, "buildctl ended without saying why");
  });
});
