// Does not prove that AWS, GitHub or a registry accept what the program declares.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type Catalog, readCatalog } from "../catalog.ts";
import { previewParity, value } from "./support/engine.ts";
import {
  configOf,
  functionsFor,
  imagesOf,
  LOGIN_TO_ECR,
  namesOf,
  onFakeCloud,
  program,
  runStack as run,
  secrets,
} from "./support/program.ts";

describe("the program", () => {
  let catalog: Catalog;
  before(async () => {
    catalog = await readCatalog();
  });

  it("plans every image of stack main without any secret", async () => {
    const all = await run("main", { preview: true });
    const images = imagesOf(catalog, ["almalinux-builder", "ci-image"]);
    assert.equal(images.length, 10);
    assert.deepEqual(namesOf(all, "slipway:index:AcceleratorImage"), images);
    for (const [type, roles] of [
      ["docker-build:index:Image", ["content", "contract"]],
      ["slipway:index:ImageName", ["name"]],
    ] as const) {
      assert.deepEqual(
        namesOf(all, type),
        images.flatMap((name) => roles.map((role) => `${name}-${role}`)).sort(),
      );
    }
  });

  it("names an explicit provider for everything of AWS and GitHub", async () => {
    const all = await run("main", { preview: true });
    for (const { type, custom, options } of all.resources) {
      const pack = type.split(":")[0] ?? "";
      if (custom && ["aws", "github"].includes(pack)) assert.equal(options.provider, pack, type);
    }
    for (const { token, provider = "" } of all.calls) {
      const pack = token.split(":")[0] ?? "";
      assert.match(provider, pack === "slipway" ? /^$/ : new RegExp(`::${pack}::`), token);
    }
  });

  it("uses the GitHub client that heeds rate limits", async () => {
    const all = await run("main", { preview: true });
    const { plain } = all.resource("pulumi:providers:github");
    assert.equal(plain["legacyClient"], "false", "as the SDK writes it");
  });

  it("waits with each image for its family's repository on ECR", async () => {
    const all = await run("main", { preview: true });
    const { options } = all.resource("docker-build:index:Image", "almalinux-builder/cpu-content");
    assert.ok(options.dependencies.includes("almalinux-builder-repository"));
    assert.ok(!options.dependencies.includes("ci-image-repository"));
  });

  it("reads the channel's build cache with every build, and writes none", async () => {
    const all = await run("main", { preview: true });
    const builds = all.resources.filter(({ type }) => type === "docker-build:index:Image");
    const host = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
    for (const { plain } of builds) {
      assert.match(
        JSON.stringify(plain["cacheFrom"]),
        new RegExp(
          `^\\[\\{"registry":\\{"ref":"${host}/pytorch/[a-z-]+-cache:[^"]+__main"\\}\\}\\]$`,
        ),
      );
      assert.ok(!("cacheTo" in plain));
    }
  });

  it("declares images alone in the stack of a release line", async () => {
    const all = await run("main", {
      stack: "release-2.10",
      preview: true,
      config: {
        ...configOf("main"),
        "slipway:owns": "images",
        "slipway:channel": "release/2.10",
        "slipway:environments": "{}",
        "slipway:secrets": "{}",
        "slipway:refCreators": "[]",
      },
    });
    const types = new Set(all.resources.map(({ type }) => type));
    assert.deepEqual([...types].sort(), [
      "docker-build:index:Image",
      "pulumi:providers:aws",
      "slipway:index:AcceleratorImage",
      "slipway:index:ImageFamily",
      "slipway:index:ImageName",
    ]);
    const { plain } = all.resource("slipway:index:ImageName", "almalinux-builder/cpu-name");
    assert.match(JSON.stringify(plain["registries"]), /"floatingNames":\["cpu-2.10"\]/);
    assert.deepEqual([all.result.environments, all.result.variables], [{}, []]);
    assert.deepEqual(
      all.calls.map(({ token: asked }) => asked),
      [LOGIN_TO_ECR],
    );
  });

  it("shows no secret in clear on the wire", async () => {
    const config = { ...configOf("main"), ...secrets };
    const all = await run("main", { preview: true, config });
    assert.deepEqual(all.clearSecrets("marker"), []);
    const wire = JSON.stringify(all.resources);
    for (const marker of Object.values(secrets)) assert.ok(wire.includes(marker), marker);
  });

  it("refuses to build on bases that nobody looked up, and names them all", async () => {
    const config = { ...configOf("main"), ...secrets };
    const unresolved = new Set(
      ["almalinux-builder", "ci-image"].flatMap((name) =>
        catalog
          .get(name)!
          .images.filter(({ base }) => base.digest === "unresolved")
          .map(({ base }) => base.image),
      ),
    );
    assert.ok(unresolved.size > 0);
    await assert.rejects(run("main", { config }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      for (const image of unresolved) {
        assert.ok(error.message.includes(`the digest of ${image} is unresolved; look it up`));
      }
      return true;
    });
  });

  it("ends with one error and no stack trace for whatever a user can mend", async () => {
    const config = {
      ...configOf("main"),
      "slipway:protect": "yes",
      "slipway:famlies": "[]",
    };
    await assert.rejects(run("main", { config, preview: true }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(
        error.message,
        [
          "Pulumi.main.yaml: 2 problems",
          '  slipway:famlies: unknown key (did you mean "families"?)',
          '  slipway:protect: "yes" is not a boolean; write e.g. true',
        ].join("\n"),
      );
      return true;
    });
  });
});

describe("the program on the local cloud", () => {
  onFakeCloud();

  it("declares the same in a preview and in an update", async () => {
    const all = await previewParity(program, {
      stack: "local",
      config: configOf("local"),
      functions: functionsFor("local"),
    });
    const catalog = await readCatalog();
    const images = imagesOf(catalog, [...catalog.keys()]);
    assert.deepEqual(namesOf(all, "slipway:index:AcceleratorImage"), images);
    const asked = all.calls.map((call) => call.token);
    assert.ok(!asked.includes(LOGIN_TO_ECR), "ECR's token of the emulator leads nowhere");
  });

  it("shows no secret in clear on the wire", async () => {
    const all = await run("local");
    assert.deepEqual(all.clearSecrets("marker"), []);
  });

  it("gives each image's reference by digest and its names as stack outputs", async () => {
    const { result } = await run("local");
    const image = result.images["almalinux-builder"]?.["cuda12.8"];
    const digest = `sha256:${"a".repeat(64)}`;
    assert.equal(
      await value(image!.reference),
      `localhost:34002/pytorch/almalinux-builder@${digest}`,
    );
    const names = Object.keys(await value(image!.names));
    assert.equal(names.length, 4);
    assert.match(
      names[0]!,
      /^localhost:34002\/pytorch\/almalinux-builder:cuda12\.8-k[0-9a-f]{40}$/,
    );
    assert.ok(names.includes("localhost:34004/pytorch/almalinux-builder:cuda12.8-main"));
    assert.deepEqual(Object.keys(result.images["no_rocm_image_ubuntu24_04"]!), ["default"]);
    assert.deepEqual(Object.keys(result.roleArns), [
      "gha_workflow_s3_and_ecr_read_only",
      "gha_workflow_docker_push",
      "gha_workflow_slipway_deploy",
      "gha_workflow_slipway_drift",
      "gha_workflow_docker_candidate",
    ]);
  });

  it("protects nothing and lets repositories go with their images", async () => {
    const all = await run("local");
    assert.deepEqual(
      all.resources.filter(({ options }) => options.protect === true),
      [],
    );
    const { inputs } = all.resource("aws:ecr/repository:Repository", "ci-image-repository");
    assert.equal(inputs["forceDelete"], true);
  });

  it("talks to the local cloud alone", async () => {
    const all = await run("local");
    const { inputs } = all.resource("pulumi:providers:aws");
    assert.match(JSON.stringify(inputs["endpoints"]), /127\.0\.0\.1:34000/);
    const github = all.resource("pulumi:providers:github");
    assert.equal(github.inputs["baseUrl"], "http://127.0.0.1:34001/");
    const wire = JSON.stringify(all.resources.map(({ plain }) => plain["exports"]));
    assert.doesNotMatch(wire, /amazonaws|ghcr\.io|docker\.io/);
  });
});
