import { type Configuration, readConfiguration } from "../../../rules/configuration.ts";

/** The configuration of a small stack on AWS, with some keys (without `slipway:`) as given, in Pulumi's text form. */
export function configurationOf(keys: Readonly<Record<string, string>> = {}): Configuration {
  const config = {
    owner: "pytorch",
    repository: "pytorch",
    families: '["ci-image"]',
    awsAccountId: "308535385114",
    awsRegion: "us-east-1",
    ...keys,
  };
  const read = readConfiguration(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`slipway:${key}`, value])),
  );
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.configuration;
}
