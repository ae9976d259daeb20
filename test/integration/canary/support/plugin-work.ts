import assert from "node:assert/strict";
import { join } from "node:path";
import type { CanaryStack } from "./canary-stack.ts";
import { GIVEN, VERBOSE } from "./given.ts";
import { Plugin, secret, withoutSecrets } from "./plugin.ts";

/** Has the plugin make, change and delete a secret, and fail, and searches its answers and what it prints. */
export async function usePlugin(stack: CanaryStack): Promise<void> {
  const { github } = await stack.cloud();
  const plugin = await Plugin.start({
    ...VERBOSE,
    GITHUB_TOKEN: GIVEN.processToken.value,
    NODE_OPTIONS: `--import=${join(import.meta.dirname, "replace-modules.ts")}`,
    SLIPWAY_TEST_REPLACE: JSON.stringify({ "github/client.ts": "no-waiting.ts" }),
  });
  const urn = "urn:pulumi:local::slipway::slipway:index:EnvironmentSecret::plugin";
  const inputs = (value: string, api: object) => ({
    repository: "pytorch/pytorch",
    environment: "gpu-benchmarks",
    name: "PLUGIN_TOKEN",
    value: secret(value),
    api,
  });
  const token = secret(github.token);
  const api = { baseUrl: `${github.endpoint}/`, token };
  const noted = (what: string, answer: unknown) =>
    stack.note(what, JSON.stringify(withoutSecrets(answer)));
  const fails = (what: string, work: Promise<unknown>) =>
    assert.rejects(work, (error: Error) => {
      stack.note(what, `${error.message}${error.stack ?? ""}`);
      return true;
    });
  const first = await plugin.check(urn, {}, inputs(GIVEN.variable.value, api));
  assert.deepEqual(first.failures, []);
  noted("answer of check", first);
  const made = await plugin.create(urn, first.inputs);
  noted("answer of create", made);
  noted("answer of read", await plugin.read(urn, made));
  const second = await plugin.check(urn, first.inputs, inputs(GIVEN.config.value, api));
  noted("answer of check", second);
  const changed = await plugin.update(urn, made, second.inputs);
  noted("answer of update", changed);
  await plugin.delete(urn, changed);
  noted("answer of a bad check", await plugin.check(urn, {}, { ...inputs("", api), name: 1 }));
  const refused = { ...api, token: secret(GIVEN.wrongToken.value.replace(/.*-/, "wrong-")) };
  await fails("refused check", plugin.check(urn, {}, inputs(GIVEN.variable.value, refused)));
  const gone = { ...api, baseUrl: "http://127.0.0.1:9/" };
  await fails("unreachable check", plugin.check(urn, {}, inputs(GIVEN.variable.value, gone)));
  stack.note("output of the plugin", await plugin.end());
}
