import assert from "node:assert/strict";
import { parse } from "yaml";
import { channelFile, type SourceStack } from "../../cli/channel-file.ts";
import { configurationFaults } from "../../rules/configuration-faults.ts";
import { readConfiguration } from "../../rules/configuration.ts";

const FAMILIES: SourceStack["families"] = [
  { name: "builder", scheme: "pytorch", registries: ["ecr", "docker.io"] },
  { name: "rock", scheme: "therock", registries: ["ghcr.io"] },
];

function source(families = FAMILIES, more: Readonly<Record<string, string>> = {}): SourceStack {
  const read = readConfiguration({
    "slipway:owner": "pytorch",
    "slipway:repository": "pytorch",
    "slipway:families": JSON.stringify(families.map(({ name }) => name)),
    "slipway:awsAccountId": "308535385114",
    "slipway:awsRegion": "us-east-1",
    "slipway:readBuckets": '["gha-artifacts"]',
    "slipway:pullAccounts": '["391835788720"]',
    "slipway:repositoryId": "65600975",
    ...more,
  });
  assert.ok("configuration" in read, JSON.stringify(read));
  return { name: "main", configuration: read.configuration, families };
}

const valuesOf = (text: string) => (parse(text) as { config: Record<string, unknown> }).config;

describe("the file of a release line's stack", () => {
  it("has of the source's keys those that images follow from, and the channel", () => {
    const { text, families, leftOut, secrets } = channelFile("release/2.10", source());
    assert.deepEqual(valuesOf(text), {
      "slipway:owner": "pytorch",
      "slipway:repository": "pytorch",
      "slipway:families": ["builder"],
      "slipway:channel": "release/2.10",
      "slipway:owns": "images",
      "slipway:awsAccountId": "308535385114",
      "slipway:awsRegion": "us-east-1",
    });
    assert.deepEqual(families, ["builder"]);
    assert.deepEqual(leftOut, ["rock"]);
    assert.deepEqual(secrets, ["dockerId", "dockerToken"]);
    assert.match(
      text,
      /# Those of stack main that have release lines \(scheme pytorch\)\.\n +slipway:families/,
    );
  });

  it("takes builders, mirror and the local cloud where the source has them", () => {
    const more = {
      "slipway:builders": '{"linux/arm64":"tcp://arm64.example:1234"}',
      "slipway:baseMirror": "ghcr.io/pytorch/bases",
      "slipway:local": "true",
      "slipway:standIns": "true",
    };
    const { text, secrets } = channelFile("release/2.10", source(FAMILIES, more));
    const values = valuesOf(text);
    assert.deepEqual(values["slipway:builders"], { "linux/arm64": "tcp://arm64.example:1234" });
    assert.equal(values["slipway:baseMirror"], "ghcr.io/pytorch/bases");
    assert.equal(values["slipway:local"], true);
    assert.equal(values["slipway:standIns"], true);
    assert.deepEqual(secrets, [], "the local cloud's logins are its own");
  });

  it("names no account where no family with release lines is on ECR", () => {
    const families = [{ name: "builder", scheme: "pytorch", registries: ["ghcr.io"] }] as const;
    const { text, secrets } = channelFile("release/2.10", source(families));
    assert.ok(!Object.keys(valuesOf(text)).some((key) => key.includes("aws")));
    assert.deepEqual(secrets, ["ghcrUser", "ghcrToken"]);
  });

  it("is a configuration without a fault", () => {
    const values = Object.entries(valuesOf(channelFile("release/2.10", source()).text)).map(
      ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)],
    );
    const read = readConfiguration(Object.fromEntries(values) as Record<string, string>);
    assert.ok("configuration" in read, JSON.stringify(read));
    const catalog = new Map(FAMILIES.map((family) => [family.name, { ...family, images: [] }]));
    assert.deepEqual(configurationFaults(read.configuration, catalog, true), []);
  });

  it("is refused for what is no release line, and for a stack whose families have none", () => {
    for (const channel of [
      "main",
      "release/2.10/x",
      "release-2.10",
      "v2.10",
      "release/",
      "release/..",
    ]) {
      assert.throws(
        () => channelFile(channel, source()),
        /is no release line; write release\//,
        channel,
      );
    }
    assert.throws(
      () => channelFile("release/2.10", source(FAMILIES.slice(1))),
      /stack main has no family with release lines: rock .*name another stack with --from/,
    );
  });
});
