import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { loadProject } from "../engine/project.ts";
import { NAMESPACE } from "../rules/configuration.ts";
import { channelTag } from "../rules/names.ts";
import { UserError } from "../rules/problems.ts";
import { channelFile, type ChannelFile } from "./channel-file.ts";
import { PROJECT_ROOT } from "./project-root.ts";
import { stackConfiguration } from "./stack-configuration.ts";

/** Writes the file of a release line's stack and says what to do next. Returns the exit code. */
export async function createChannel(channel: string, from: string, json: boolean): Promise<number> {
  const file = channelFile(channel, { name: from, ...(await stackConfiguration(from)) });
  const stack = channelTag(channel);
  const name = `Pulumi.${stack}.yaml`;
  try {
    await writeFile(join(PROJECT_ROOT, name), file.text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new UserError(`${name} is there already and stays as it is; edit it, or delete it first`);
  }
  const next = await nextSteps(stack, from, file);
  const { families, leftOut } = file;
  if (json) {
    console.log(JSON.stringify({ stack, file: name, families, leftOut, next }, undefined, 2));
    return 0;
  }
  console.log(`${name}: stack ${stack} publishes ${families.join(", ")} in channel ${channel}`);
  if (leftOut.length > 0) {
    console.log(`left out, since scheme therock has no release lines: ${leftOut.join(", ")}`);
  }
  console.log("\nNext:");
  for (const step of next) console.log(`  ${step}`);
  return 0;
}

async function nextSteps(
  stack: string,
  from: string,
  { secrets }: ChannelFile,
): Promise<readonly string[]> {
  const plan = `slipway plan --stack ${stack}`;
  if (secrets.length === 0 && (await isLocal(from))) {
    return [plan, `slipway up --stack ${stack}   once stack ${from} is applied`];
  }
  const provider = await secretsProvider(from);
  const init = provider === undefined ? "" : ` --secrets-provider '${provider}'`;
  return [
    `pulumi stack init ${stack}${init}`,
    ...secrets.map((key) => `pulumi config set --secret ${NAMESPACE}${key} --stack ${stack}`),
    plan,
    `commit Pulumi.${stack}.yaml to the release branch, whose runs then do: slipway up --stack ${stack}`,
  ];
}

async function isLocal(stack: string): Promise<boolean> {
  return (await loadProject(PROJECT_ROOT, stack)).config[`${NAMESPACE}local`] === "true";
}

/** What encrypts a stack's secrets, where its file says so; an address, and no secret. */
async function secretsProvider(stack: string): Promise<string | undefined> {
  const text = await readFile(join(PROJECT_ROOT, `Pulumi.${stack}.yaml`), "utf8");
  return z.object({ secretsprovider: z.string().optional() }).parse(parse(text)).secretsprovider;
}
