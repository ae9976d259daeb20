import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Group, TestProvider, Thing } from "./support/things.ts";
import { step, steps, withStack } from "./support/stack.ts";
import type { TestStack } from "./support/stack.ts";

/** Messages of a run that fails. */
async function messages(
  stack: TestStack,
  ...args: Parameters<TestStack["run"]>
): Promise<string[]> {
  const result = await stack.run(...args);
  assert.equal(result.ok, false);
  return result.failures.map(({ message }) => message);
}

describe("resource options", () => {
  it(
    "dependsOn holds a resource back until the other is made",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const first = new Thing("z-first");
        new Thing("a-second", {}, { dependsOn: [first] });
      });
      assert.deepEqual(stack.service.calls, ["create z-first", "create a-second"]);
    }),
  );

  it(
    "dependsOn a component holds a resource back until its children are made",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const group = new Group("group");
        new Thing("child", {}, { parent: group });
        new Thing("after", {}, { dependsOn: group });
      });
      assert.deepEqual(stack.service.calls, ["create child", "create after"]);
    }),
  );

  it(
    "protect refuses a replacement and names what to do",
    withStack(async (stack) => {
      const program = (kind: string, protect: boolean) => (): Thing =>
        new Thing("a", { kind }, { protect });
      await stack.good("up", program("one", true));
      for (const operation of ["preview", "up"] as const) {
        assert.deepEqual(await messages(stack, operation, program("two", true)), [
          "replacing a (test.Thing) would delete protected resources, and so deleted nothing:\n" +
            "  a (test.Thing)\n" +
            "Take back the change that calls for it, declare them with protect: false and run up; then make the change again.",
        ]);
      }
      assert.deepEqual(stack.service.calls, ["create a"]);
      await stack.good("up", program("one", false));
      await stack.good("up", program("two", false));
      assert.deepEqual(stack.service.calls, ["create a", "create a", "delete a"]);
    }),
  );

  it(
    "protect refuses the deletion of what is no longer declared, and with it every other",
    withStack(async (stack) => {
      await stack.good("up", () => {
        new Thing("a", {}, { protect: true });
        new Thing("b");
      });
      assert.deepEqual(await messages(stack, "up", () => undefined), [
        "no longer declaring them would delete protected resources, and so deleted nothing:\n" +
          "  a (test.Thing)\n" +
          "Declare them again, with protect: false, and run up; then take the declaration out again and run this again.",
      ]);
      assert.equal(stack.service.objects.size, 2);
      // As it says.
      await stack.good("up", () => new Thing("a", {}, { protect: false }));
      await stack.good("up", () => undefined);
      assert.equal(stack.service.objects.size, 0);
    }),
  );

  it(
    "protect says what to do in the words of the caller, if it has some",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a", {}, { protect: true }));
      const unprotectHint = { destroy: "one", undeclared: "two", replacement: "three" };
      await assert.rejects(stack.run("destroy", undefined, { unprotectHint }), /\none$/);
      const undeclared = await stack.run("preview", undefined, { unprotectHint });
      assert.match(undeclared.failures[0]?.message ?? "", /\ntwo$/);
      const other = (): Thing => new Thing("a", { kind: "other" }, { protect: true });
      const replaced = await stack.run("preview", other, { unprotectHint });
      assert.match(replaced.failures[0]?.message ?? "", /\nthree$/);
    }),
  );

  it(
    "protect is inherited from a component",
    withStack(async (stack) => {
      await stack.good("up", () => {
        new Thing("a", {}, { parent: new Group("group", { protect: true }) });
      });
      await assert.rejects(stack.run("destroy"), {
        message:
          "destroy would delete protected resources, and so deleted nothing:\n" +
          "  a (test.Thing)\n" +
          "Declare them with protect: false, run up, and run this again.",
      });
      assert.equal(stack.service.objects.size, 1);
    }),
  );

  it(
    "retainOnDelete forgets a resource and leaves it where it is, its replaced copies too",
    withStack(async (stack) => {
      const program = (kind: string) => (): Thing =>
        new Thing("a", { kind }, { retainOnDelete: true });
      await stack.good("up", program("one"));
      await stack.good("up", program("two"));
      const result = await stack.good("up");
      assert.deepEqual(stack.service.calls, ["create a", "create a"]);
      assert.equal(step(result, "a").note, "only forgotten: retainOnDelete");
      assert.deepEqual([...stack.service.objects.keys()], ["a-1", "a-2"]);
      assert.doesNotMatch(await stack.stateText(), /Thing::a/);
    }),
  );

  it(
    "retainOnDelete is inherited from a component",
    withStack(async (stack) => {
      await stack.good("up", () => {
        new Thing("a", {}, { parent: new Group("group", { retainOnDelete: true }) });
      });
      await stack.good("destroy");
      assert.deepEqual(stack.service.calls, ["create a"]);
    }),
  );

  it(
    "deleteBeforeReplace deletes first",
    withStack(async (stack) => {
      const program = (kind: string) => (): Thing =>
        new Thing("a", { kind, identity: "only" }, { deleteBeforeReplace: true });
      await stack.good("up", program("one"));
      const result = await stack.good("up", program("two"));
      assert.deepEqual(stack.service.calls, ["create a", "delete a", "create a"]);
      assert.equal(result.changes.replace, 1);
    }),
  );

  it(
    "deleteBeforeReplace takes along, in order, what cannot do without the resource",
    withStack(async (stack) => {
      const program = (kind: string) => (): void => {
        const a = new Thing("a", { kind, identity: "same" }, { deleteBeforeReplace: true });
        const b = new Thing("b", { owner: a.id });
        new Thing("c", { owner: b.id });
        new Thing("d", { value: a.id });
      };
      await stack.good("up", program("one"));
      stack.service.calls.length = 0;
      const preview = await stack.good("preview", program("two"));
      assert.deepEqual(steps(preview), ["replace a", "replace b", "replace c", "update d"]);
      const result = await stack.good("up", program("two"));
      assert.deepEqual(steps(result), ["replace a", "replace b", "replace c", "same d"]);
      assert.deepEqual(stack.service.calls.slice(0, 5), [
        "delete c",
        "delete b",
        "delete a",
        "create a",
        "create b",
      ]);
      assert.equal(stack.service.objects.size, 4);
    }),
  );

  it(
    "deleteBeforeReplace stops at a protected dependent, with nothing deleted",
    withStack(async (stack) => {
      const program = (kind: string) => (): void => {
        const a = new Thing("a", { kind }, { deleteBeforeReplace: true });
        new Thing("b", { owner: a.id }, { protect: true });
      };
      await stack.good("up", program("one"));
      const [message] = await messages(stack, "up", program("two"));
      assert.match(message ?? "", /deleted nothing:\n {2}b \(test\.Thing\)\n/);
      assert.deepEqual(stack.service.calls, ["create a", "create b"]);
    }),
  );

  it(
    "ignoreChanges keeps what was there, deep paths too, and takes other changes",
    withStack(async (stack) => {
      const program = (value: unknown, tags: Record<string, string>) => (): Thing =>
        new Thing("a", { value, tags }, { ignoreChanges: ["tags", "value.list[0]"] });
      await stack.good("up", program({ list: [1, 2] }, { t: "one" }));
      assert.deepEqual(steps(await stack.good("up", program({ list: [9, 2] }, {}))), ["same a"]);
      const result = await stack.good("up", program({ list: [9, 3] }, { t: "two" }));
      assert.deepEqual(step(result, "a").diff, [{ path: "value.list[1]", old: 2, new: 3 }]);
      assert.deepEqual([...stack.service.objects.values()][0]?.["tags"], { t: "one" });
    }),
  );

  it(
    "additionalSecretOutputs makes secrets of what a provider computes",
    withStack(async (stack) => {
      const result = await stack.good("up", () => ({
        serial: new Thing("a", {}, { additionalSecretOutputs: ["serial"] }).serial,
      }));
      assert.deepEqual(result.outputs, { serial: { value: "[secret]", secret: true } });
      assert.doesNotMatch(await stack.stateText(), /"serial": \d/);
    }),
  );

  it(
    "deletedWith leaves the deletion to the other resource's",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const environment = new Thing("environment");
        new Thing("part", { value: environment.id }, { deletedWith: environment });
      });
      const result = await stack.good("destroy");
      assert.deepEqual(stack.service.calls.slice(2), ["delete environment"]);
      assert.equal(step(result, "part").note, "gone with what it belongs to");
      assert.doesNotMatch(await stack.stateText(), /Thing/);
    }),
  );

  it(
    "deletedWith deletes by itself while the other resource stays",
    withStack(async (stack) => {
      const environment = (): Thing => new Thing("environment");
      await stack.good("up", () => new Thing("part", {}, { deletedWith: environment() }));
      await stack.good("up", environment);
      assert.deepEqual(stack.service.calls.slice(2), ["delete part"]);
    }),
  );

  it(
    "deletedWith forgets nothing when the other resource could not be deleted",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const environment = new Thing("environment");
        new Thing("part", {}, { deletedWith: environment });
      });
      stack.service.before = () => {
        throw new Error("in use");
      };
      assert.deepEqual(await messages(stack, "destroy"), ["in use"]);
      assert.match(await stack.stateText(), /Thing::part/);
    }),
  );

  it(
    "replaceWith replaces together",
    withStack(async (stack) => {
      const program = (kind: string) => (): void => {
        const a = new Thing("a", { kind });
        new Thing("b", {}, { replaceWith: [a] });
      };
      await stack.good("up", program("one"));
      const result = await stack.good("up", program("two"));
      assert.deepEqual(steps(result).slice(-2), ["replace a", "replace b"]);
      assert.equal(step(result, "b").note, "because a (test.Thing) is replaced");
      assert.equal(stack.service.objects.size, 2);
    }),
  );

  it(
    "replaceWith and deletedWith make the parts of a resource again that is deleted first",
    withStack(async (stack) => {
      const program = (kind: string) => (): void => {
        const whole = new Thing(
          "whole",
          { kind, identity: "whole" },
          { deleteBeforeReplace: true },
        );
        new Thing("part", { identity: "whole:part" }, { deletedWith: whole, replaceWith: [whole] });
      };
      await stack.good("up", program("one"));
      stack.service.before = (call) => {
        if (call === "delete whole") stack.service.objects.delete("whole:part");
      };
      await stack.good("up", program("two"));
      assert.deepEqual(stack.service.calls.slice(2), [
        "delete whole",
        "create whole",
        "create part",
      ]);
      assert.deepEqual([...stack.service.objects.keys()].sort(), ["whole", "whole:part"]);
    }),
  );

  it(
    "an explicit provider gets its configuration, secrets bare, and is made anew when that changes",
    withStack(async (stack) => {
      const program = (token: string) => (): void => {
        const provider = new TestProvider("p", { token: pulumi.secret(token), region: "r" });
        new Thing("a", {}, { provider });
      };
      await stack.good("up", program("one"));
      const result = await stack.good("up", program("two"));
      assert.deepEqual(stack.service.configs, [
        { token: "one", region: "r" },
        { token: "two", region: "r" },
      ]);
      assert.deepEqual(step(result, "p").diff, [
        { path: "token", old: "[secret]", new: "[secret]" },
      ]);
      assert.deepEqual(steps(result), ["same a"]);
      assert.equal(result.changes.update, 0);
    }),
  );

  it(
    "an explicit provider of a component serves its children",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const provider = new TestProvider("p", { region: "r" });
        new Thing("a", {}, { parent: new Group("group", { providers: [provider] }) });
      });
      assert.deepEqual(stack.service.configs, [{ region: "r" }]);
    }),
  );

  it(
    "destroy uses the provider's configuration from the state",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const provider = new TestProvider("p", { token: pulumi.secret("one") });
        new Thing("a", {}, { provider });
      });
      await stack.good("destroy");
      assert.deepEqual(stack.service.configs, [{ token: "one" }, { token: "one" }]);
      assert.equal(stack.service.objects.size, 0);
    }),
  );

  it(
    "a default provider is made once, with nothing",
    withStack(async (stack) => {
      await stack.good("up", () => {
        new Thing("a");
        new Thing("b");
      });
      assert.deepEqual(stack.service.configs, [{}]);
    }),
  );

  it(
    "a package without a provider is refused by name",
    withStack(async (stack) => {
      const [message] = await messages(stack, "up", () => new Thing("a"), { packages: {} });
      assert.equal(
        message,
        "package test: the embedded engine has no provider for it; it has none",
      );
    }),
  );

  it(
    "two resources of one URN are refused, with both places",
    withStack(async (stack) => {
      const first = (): Thing => new Thing("a");
      const second = (): Thing => new Thing("a");
      const [message] = await messages(stack, "up", () => [first(), second()]);
      assert.match(
        message ?? "",
        /^a \(test\.Thing\): declared twice, at .*options\.test\.ts:\d+ and at .*options\.test\.ts:\d+; give one of them another name$/,
      );
    }),
  );
});

describe("what the engine does not support", () => {
  const refused: Record<string, pulumi.CustomResourceOptions> = {
    customTimeouts: { customTimeouts: { create: "1m" } },
    hideDiffs: { hideDiffs: ["value"] },
    import: { import: "some-id" },
    replaceOnChanges: { replaceOnChanges: ["value"] },
    replacementTrigger: { replacementTrigger: "x" },
    transforms: { transforms: [() => undefined] },
    "resource hooks": { hooks: { beforeCreate: [() => undefined] } },
  };
  for (const [name, options] of Object.entries(refused)) {
    it(
      `is refused by name: ${name}`,
      withStack(async (stack) => {
        for (const operation of ["plan", "up"] as const) {
          const found = await messages(stack, operation, () => new Thing("a", {}, options));
          assert.match(
            found.join("\n"),
            new RegExp(`${name}: the embedded engine does not support this; leave it out`),
          );
        }
        assert.deepEqual(stack.service.calls, []);
      }),
    );
  }

  it(
    "is refused by name: envVarMappings",
    withStack(async (stack) => {
      const [message] = await messages(
        stack,
        "up",
        () => new TestProvider("p", {}, { envVarMappings: { A: "B" } }),
      );
      assert.match(message ?? "", /envVarMappings: the embedded engine does not support this/);
    }),
  );

  it(
    "is refused by name: assets",
    withStack(async (stack) => {
      const [message] = await messages(
        stack,
        "up",
        () => new Thing("a", { value: [new pulumi.asset.StringAsset("text")] }),
      );
      assert.match(
        message ?? "",
        /a \(test\.Thing\): asset: the embedded engine does not support this/,
      );
    }),
  );

  it(
    "is refused by name: a stack reference",
    withStack(async (stack) => {
      const [message] = await messages(
        stack,
        "up",
        () => new pulumi.StackReference("org/project/other"),
      );
      assert.match(
        message ?? "",
        /get of an existing resource \(org\/project\/other\): the embedded/,
      );
    }),
  );

  it(
    "is refused by name: an alias under which the state knows a resource; any other has no effect",
    withStack(async (stack) => {
      const renamed = (): Thing => new Thing("new", {}, { aliases: [{ name: "old" }] });
      await stack.good("up", renamed);
      await stack.good("destroy");
      await stack.good("up", () => new Thing("old"));
      const [message] = await messages(stack, "up", renamed);
      assert.equal(
        message,
        `new (test.Thing): aliases: the embedded engine does not support this; leave it out, or use the Pulumi CLI (--engine pulumi)`,
      );
    }),
  );
});
