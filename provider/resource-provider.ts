import type { Provider } from "@pulumi/pulumi/provider/index.js";

/** What a type of resources has of Pulumi's provider interface. */
export type ResourceProvider = Required<
  Pick<Provider, "check" | "create" | "read" | "update" | "delete">
> & {
  diff(
    id: string,
    urn: string,
    olds: unknown,
    news: unknown,
  ): Promise<{
    changes: boolean;
    /** Names of the changed properties. */ diffs: string[];
    replaces: string[];
  }>;
};
