import type * as pulumi from "@pulumi/pulumi";
import { Thing } from "./things.ts";
import type { ThingArgs } from "./things.ts";

/** A program of `first`, of `second` after it, and of `third`, which takes from the second what its service computes. */
export function pair(
  second: ThingArgs = {},
  options: pulumi.CustomResourceOptions = {},
): () => unknown {
  return () => {
    const first = new Thing("first", { identity: "first" });
    const { serial } = new Thing(
      "second",
      { identity: "second", ...second },
      { dependsOn: first, ...options },
    );
    new Thing("third", { value: serial });
    return { serial };
  };
}
