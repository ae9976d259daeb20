import type { Provider } from "@pulumi/pulumi/provider/index.js";
import { UserError } from "../rules/problems.ts";

/**
 * The same provider with faults that a user can mend thrown without a stack trace: Pulumi's server prints the stack of
 * whatever check, diff, read and delete throw.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/provider/server.ts
 */
export function withoutStacks<T extends Provider>(provider: T): T {
  return new Proxy(provider, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(value, target, args)) as unknown;
        } catch (error) {
          if (error instanceof UserError) error.stack = "";
          throw error;
        }
      };
    },
  });
}
