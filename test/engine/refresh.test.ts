import assert from "node:assert/strict";
import { Thing } from "./support/things.ts";
import { step, steps, withStack } from "./support/stack.ts";

describe("refreshing", () => {
  it(
    "makes a resource again that its service has lost, in a preview and in up",
    withStack(async (stack) => {
      const program = (): void => {
        const a = new Thing("a");
        new Thing("b", { value: a.id });
      };
      await stack.good("up", program);
      stack.service.objects.clear();
      const preview = await stack.good("preview", program);
      assert.deepEqual(steps(preview), ["create a", "create b"]);
      const result = await stack.good("up", program);
      assert.deepEqual(steps(result), ["create a", "create b"]);
      assert.equal(step(result, "a").note, "it was gone");
      assert.equal(stack.service.objects.size, 2);
    }),
  );

  it(
    "shows what was changed by hand as an update, and repairs it",
    withStack(async (stack) => {
      const program = (): Thing => new Thing("a", { value: { x: 1 } });
      await stack.good("up", program);
      const [id] = [...stack.service.objects.keys()];
      stack.service.objects.set(id!, { kind: "plain", value: { x: 2 }, serial: 1 });
      const preview = await stack.good("preview", program);
      assert.deepEqual(step(preview, "a").diff, [{ path: "value.x", old: 2, new: 1 }]);
      await stack.good("up", program);
      assert.deepEqual(stack.service.objects.get(id!)?.["value"], { x: 1 });
      assert.deepEqual(steps(await stack.good("up", program)), ["same a"]);
    }),
  );

  it(
    "is left out when told so",
    withStack(async (stack) => {
      const program = (): Thing => new Thing("a");
      await stack.good("up", program);
      stack.service.objects.clear();
      const result = await stack.good("up", program, { refresh: false });
      assert.deepEqual(steps(result), ["same a"]);
      assert.deepEqual(stack.service.reads, []);
    }),
  );

  it(
    "does not delete what is gone already",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      stack.service.objects.clear();
      const result = await stack.good("up");
      assert.equal(step(result, "a").note, "already gone");
      assert.deepEqual(stack.service.calls, ["create a"]);
    }),
  );

  it(
    "shows drift to a provider that has no diff of its own",
    withStack(async (stack) => {
      const packages = {
        test: () => {
          const { diff, ...others } = stack.service.provider();
          assert.ok(diff);
          return others;
        },
      };
      const program = (): Thing => new Thing("a", { value: 1 });
      await stack.good("up", program, { packages });
      assert.deepEqual(steps(await stack.good("up", program, { packages })), ["same a"]);
      const [id] = [...stack.service.objects.keys()];
      stack.service.objects.set(id!, { value: 2, kind: "plain", serial: 1 });
      const result = await stack.good("up", program, { packages });
      assert.deepEqual(step(result, "a").diff, [{ path: "value", old: 2, new: 1 }]);
      assert.equal(stack.service.objects.get(id!)?.["value"], 1);
    }),
  );

  it(
    "by itself records what is found and changes nothing else",
    withStack(async (stack) => {
      const program = (): void => {
        new Thing("changed", { value: 1, identity: "changed" });
        new Thing("gone", { identity: "gone" });
        new Thing("same");
      };
      await stack.good("up", program);
      const calls = [...stack.service.calls];
      stack.service.objects.get("changed")!["value"] = 2;
      stack.service.objects.delete("gone");
      const result = await stack.good("refresh");
      assert.deepEqual(steps(result), ["delete gone", "same same", "update changed"]);
      assert.deepEqual(step(result, "changed").diff, [{ path: "value", old: 1, new: 2 }]);
      assert.deepEqual(stack.service.calls, calls);
      const after = await stack.good("preview", program, { refresh: false });
      assert.deepEqual(steps(after), ["create gone", "same same", "update changed"]);
    }),
  );

  it(
    "fails the resource that cannot be read, and goes on with the others",
    withStack(async (stack) => {
      const program = (): void => {
        new Thing("a");
        new Thing("b");
      };
      await stack.good("up", program);
      const packages = {
        test: () => ({
          ...stack.service.provider(),
          read: async (id: string, urn: string) => {
            if (urn.endsWith("::a")) throw new Error("no connection");
            return { id, props: stack.service.objects.get(id) };
          },
        }),
      };
      const result = await stack.run("up", program, { packages });
      assert.deepEqual(
        result.failures.map(({ name, message }) => `${name ?? ""}: ${message}`),
        ["a: no connection"],
      );
      assert.deepEqual(steps(result), ["same b"]);
    }),
  );
});
