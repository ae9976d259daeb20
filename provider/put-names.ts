import type { CredentialsByHost, Registries } from "../oci/registries.ts";
import { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { distribute } from "./distribute.ts";
import { moveName, putIfAbsent } from "./put-name.ts";

/** Names that a command gives to one digest, beside those that a stack declares. */
export interface NamesOfDigest {
  readonly digest: string;
  /** `host/path` that has the content, if none of the targets has it. */
  readonly source: string;
  readonly targets: readonly { readonly repository: string; readonly tags: readonly string[] }[];
  /** Whether a tag with other content is left alone, as a record of an event is, and not moved. */
  readonly fixed: boolean;
  readonly credentials: CredentialsByHost;
}

/** Where the names point afterwards. */
export interface NamesPut {
  /** By `host/path:tag`: `sha256:...`. */
  readonly names: Readonly<Record<string, string>>;
  /** Those of them that are `fixed` and have other content: left alone. */
  readonly taken: readonly string[];
}

/**
 * Names one digest on several registries: brings the content to those that get a name and lack it, then puts the names.
 * Names that are in place cost a look-up and need no content to be anywhere. See {@link putIfAbsent} for two writers of a
 * fixed name.
 * @throws UserError
 */
export async function putNames(
  { digest, source, targets, fixed, credentials }: NamesOfDigest,
  registries: Registries,
): Promise<NamesPut> {
  const wanted = targets.flatMap(({ repository, tags }) => {
    const client = registries.repository(repository, credentials, "push");
    return tags.map((tag) => ({ client, tag, name: `${repository}:${tag}` }));
  });
  const found = await all(wanted.map(({ client, tag }) => client.manifests.digest(tag)));
  const names: Record<string, string> = {};
  const lacking = wanted.filter(({ name }, index) => {
    const at = found[index];
    if (at === undefined || (at !== digest && !fixed)) return true;
    names[name] = at;
    return false;
  });

  const clients = [...new Set(lacking.map(({ client }) => client))];
  const others = [source, ...targets.map(({ repository }) => repository)].map((repository) =>
    registries.repository(repository, credentials),
  );
  if (!(await distribute(digest, clients, others))) {
    const places = new Set([source, ...targets.map(({ repository }) => repository)]);
    const unnamed = lacking.map(({ name }) => name).join(", ");
    throw new UserError(
      `${digest} is on none of ${[...places].join(", ")}: it cannot be named ${unnamed}. ` +
        "Publish it there first",
    );
  }
  for (const { client, tag, name } of lacking) {
    if (fixed) names[name] = await putIfAbsent(client, tag, digest);
    else {
      await moveName(client, tag, digest);
      names[name] = digest;
    }
  }
  const taken = Object.keys(names).filter((name) => names[name] !== digest);
  return { names, taken: taken.sort() };
}
