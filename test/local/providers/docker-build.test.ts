// What the docker-build provider decides without BuildKit; test/integration/providers/docker-build.test.ts builds.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildctlArguments,
  buildSourceOf,
  pushByDigest,
} from "../../../local/providers/docker-build/buildctl-arguments.ts";
import { ContextHasher } from "../../../local/providers/docker-build/context-hash.ts";
import { exportTarget, ImageInputs } from "../../../local/providers/docker-build/inputs.ts";
import { dockerBuildProvider } from "../../../local/providers/docker-build.ts";
import { runBuildctl } from "../../../local/providers/docker-build/run-buildctl.ts";
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
    const target = exportTarget(inputs);
    const outputs = target === undefined ? [] : [pushByDigest(target)];
    return buildctlArguments(buildSourceOf(inputs), { ...place, outputs });
  };

  it("name the contexts, the Dockerfile and a push without a name", () => {
    assert.deepEqual(argumentsOf(), [
      ...["--addr", "unix:///b.sock", "--timeout", "60"],
      ...["build", "--frontend", "dockerfile.v0"],
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

  it("say which media types the image has: Docker's, unless OCI's are asked for", () => {
    const [{ registry }] = ImageInputs.parse(news()).exports;
    const types = (ociMediaTypes?: boolean) =>
      argumentsOf({ exports: [{ registry: { ...registry, ociMediaTypes } }] })
        .find((argument) => argument.startsWith("type=image"))
        ?.match(/oci-mediatypes=\w+/)?.[0];
    assert.equal(types(), "oci-mediatypes=false");
    assert.equal(types(true), "oci-mediatypes=true");
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

  it("send an image in a folder along, by its digest", () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const named = { base: { location: `oci-layout:///base@${digest}` } };
    const args = argumentsOf({ context: { location: "images/ci-image", named } });
    assert.deepEqual(
      args.filter((_, index) => args[index - 1] === "--oci-layout"),
      ["named-base=/base"],
    );
    assert.ok(args.includes(`context:base=oci-layout:named-base@${digest}`));
  });

  it("read build caches in their order, and write one as ECR takes it", () => {
    const cacheFrom = ["localhost:5001/x/y-cache:cpu__main", "ghcr.io/x/y-cache:cpu__main"];
    const source = buildSourceOf(
      ImageInputs.parse(news({ cacheFrom: cacheFrom.map((ref) => ({ registry: { ref } })) })),
    );
    const args = buildctlArguments(
      { ...source, cacheTo: "ghcr.io/x/y-cache:cpu__main" },
      { ...place, outputs: [] },
    );
    const of = (flag: string) => args.filter((_, index) => args[index - 1] === flag);
    assert.deepEqual(of("--import-cache"), [
      "type=registry,ref=localhost:5001/x/y-cache:cpu__main,registry.insecure=true",
      "type=registry,ref=ghcr.io/x/y-cache:cpu__main",
    ]);
    assert.deepEqual(of("--export-cache"), [
      "type=registry,ref=ghcr.io/x/y-cache:cpu__main,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true",
    ]);
    assert.ok(!argumentsOf().some((argument) => argument.endsWith("-cache")));
  });

  it("have no output where a build is run for its failure alone", () => {
    assert.ok(!argumentsOf({ exports: [{ cacheonly: {} }] }).includes("--output"));
  });

  it("hold no login", () => {
    assert.ok(!JSON.stringify(argumentsOf()).includes(password));
  });
});

describe("a BuildKit that does not do as asked", () => {
  const source = {
    context: { location: ".", named: {} },
    dockerfile: { location: "Dockerfile" },
    buildArgs: {},
    platforms: [],
  };

  it("is told of, with what to do, when it begins no step", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-hanging-"));
    try {
      const program = join(folder, "buildctl");
      writeFileSync(program, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
      await assert.rejects(
        runBuildctl(program, "cpu", source, {
          folder,
          address: "unix:///nowhere",
          outputs: [],
          print: () => undefined,
          patience: 100,
        }),
        {
          name: "UserError",
          message: /^cpu: BuildKit at unix:.* began no step in 0\.1 s: .*slipway local start/,
        },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is told of a push that a package's settings refuse, with what to do there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-refused-"));
    try {
      const program = join(folder, "buildctl");
      const said = "error: failed to solve: denied: permission_denied: write_package";
      writeFileSync(program, `#!/bin/sh\necho '${said}' >&2\nexit 1\n`, { mode: 0o755 });
      const options = { folder, address: "unix:///x", outputs: [], print: () => undefined };
      await assert.rejects(runBuildctl(program, "cpu", source, options), {
        name: "UserError",
        message:
          /^cpu: was built, and may not be pushed: .*write_package\nin a workflow, .*role Write/,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
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
        "context.named.b.location: https://example.org/x.tar: write a folder, docker-image://HOST/PATH or oci-layout://FOLDER@sha256:...",
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

  it("name one export", async () => {
    const message = "exports[0]: write one export, registry or cacheonly";
    assert.deepEqual(await subject.faults(news({ exports: [{}] })), [message]);
    const { registry } = (news() as { exports: [{ registry: object }] }).exports[0];
    assert.deepEqual(await subject.faults(news({ exports: [{ registry, cacheonly: {} }] })), [
      message,
    ]);
    assert.deepEqual(await subject.faults(news({ exports: [{ cacheonly: {} }] })), []);
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

  it("cannot be built by a builder that has no address", async () => {
    await assert.rejects(
      subject.create(news({ builder: { name: "slipway-arm64" } })),
      /no address of builder slipway-arm64 is known; name it in slipway:builders/,
    );
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
