import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CanaryStack, FAMILY, LOCAL } from "./canary-stack.ts";
import { GIVEN } from "./given.ts";

/** Refused tokens and logins, a GitHub that is away or broken, a fault of Slipway itself, and a value as an argument. */
export async function failingRuns(stack: CanaryStack): Promise<void> {
  const { value: wrong } = GIVEN.wrongToken;
  const broken = createServer((_, answer) => answer.writeHead(500).end("<html>")).listen(0);
  await once(broken, "listening");
  const endpoint = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
  const withGithub = (github: object, ...args: readonly string[]) =>
    stack.withCloud(
      (cloud) => ({ ...cloud, github: { ...cloud.github, ...github } }),
      () => stack.expect(1, args, { replacements: { "github/client.ts": "no-waiting.ts" } }),
    );
  const withBaseBehindLogin = async (work: () => Promise<unknown>) => {
    const { host } = (await stack.cloud()).registries["ghcr.io"];
    const putBack = await stack.project.edit(`images/${FAMILY}/image.yaml`, (text) =>
      text.replace("docker.io/library/ubuntu:24.04", `"${host}/library/ubuntu:24.04"`),
    );
    await work();
    await putBack();
  };
  await withGithub({ token: wrong.replace(/.*-/, "wrong-") }, "up", ...LOCAL);
  // Not even a header of HTTP.
  await withGithub({ token: wrong }, "secrets", "--stack", "local");
  await withGithub({ token: wrong }, "drift", ...LOCAL, "--json");
  await withGithub({ endpoint: "http://127.0.0.1:9" }, "secrets", "--stack", "local");
  await withGithub({ endpoint }, "secrets", "--stack", "local", "--json");
  await withBaseBehindLogin(() => stack.expect(1, ["bases", "check", FAMILY]));
  await stack.expect(1, ["up", ...LOCAL], { replacements: { "github/seal.ts": "crash.ts" } });
  await stack.expect(2, ["secrets", "set", "SEALED_TOKEN", GIVEN.argument.value]);
  broken.close();
}
