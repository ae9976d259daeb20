import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { fromSdkTags, tagChanges, Tags, toSdkTags } from "./tags.ts";

const SCHEME = "https://";
const inputs = z.strictObject({
  url: z.string().refine((url) => URL.canParse(url.startsWith(SCHEME) ? url : `${SCHEME}${url}`), {
    error: "is no https URL",
  }),
  clientIdLists: z.array(z.string().min(1).max(255)),
  thumbprintLists: z.array(z.string().length(40)).optional(),
  tags: Tags.optional(),
});
const outputs = z.object({ arn: z.string(), tagsAll: Tags });

/**
 * A trusted issuer of identity tokens; its id is its ARN. AWS gives the URL back without its scheme, and looks the
 * thumbprints up itself when none are given. moto 5.2 does not implement changing the client ids of an existing one.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/openidconnectprovider/
 */
export function openIdConnectProvider({ iam }: AwsClients): ResourceType {
  return resourceType({
    inputs,
    outputs,
    stables: ["arn"],
    replaceOn: ["url"],
    faults: ({ url }) =>
      url.startsWith(SCHEME) ? [] : [{ path: "url", message: `write it with ${SCHEME}` }],
    same: {
      url: (a, b) => withoutScheme(a) === withoutScheme(b),
      clientIdLists: (a, b) => [...a].sort().join("\n") === [...b].sort().join("\n"),
      // A list that the program does not give is AWS's own affair.
      thumbprintLists: (_old, wanted) => wanted === undefined,
    },
    async create({ url, clientIdLists, thumbprintLists, tags }) {
      const { OpenIDConnectProviderArn: arn = "" } = await iam.createOpenIDConnectProvider({
        Url: url,
        ClientIDList: clientIdLists,
        ThumbprintList: thumbprintLists,
        Tags: toSdkTags(tags),
      });
      return { id: arn, outputs: { arn, tagsAll: tags ?? {} } };
    },
    async idOf({ url }) {
      const { OpenIDConnectProviderList: all = [] } = await iam.listOpenIDConnectProviders({});
      return all.flatMap(({ Arn }) => Arn ?? []).find((arn) => urlIn(arn) === withoutScheme(url));
    },
    async read(arn, known) {
      const found = await unlessGone(
        iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: arn }),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
      if (found === undefined) return undefined;
      const tags = fromSdkTags(found.Tags);
      const { Url: foundUrl = "" } = found;
      const knownUrl = known.url ?? "";
      const url = withoutScheme(knownUrl) === withoutScheme(foundUrl) ? knownUrl : foundUrl;
      return {
        arn,
        url,
        clientIdLists: found.ClientIDList ?? [],
        thumbprintLists: found.ThumbprintList ?? [],
        tags,
        tagsAll: tags ?? {},
      };
    },
    async update(arn, state, wanted) {
      const provider = { OpenIDConnectProviderArn: arn };
      if (wanted.thumbprintLists !== undefined) {
        await iam.updateOpenIDConnectProviderThumbprint({
          ...provider,
          ThumbprintList: wanted.thumbprintLists,
        });
      }
      for (const ClientID of missingFrom(state.clientIdLists, wanted.clientIdLists)) {
        await iam.addClientIDToOpenIDConnectProvider({ ...provider, ClientID });
      }
      for (const ClientID of missingFrom(wanted.clientIdLists, state.clientIdLists)) {
        await iam.removeClientIDFromOpenIDConnectProvider({ ...provider, ClientID });
      }
      const { set, remove } = tagChanges(state.tags, wanted.tags);
      if (set.length > 0) await iam.tagOpenIDConnectProvider({ ...provider, Tags: set });
      if (remove.length > 0) await iam.untagOpenIDConnectProvider({ ...provider, TagKeys: remove });
      return { arn, tagsAll: wanted.tags ?? {} };
    },
    async delete(arn) {
      await unlessGone(
        iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: arn }),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
    },
  });
}

function withoutScheme(url: string): string {
  return url.startsWith(SCHEME) ? url.slice(SCHEME.length) : url;
}

/** `arn:aws:iam::123456789012:oidc-provider/example.org/path` ends in the URL. */
function urlIn(arn: string): string {
  return arn.slice(arn.indexOf("/") + 1);
}

function missingFrom(list: readonly string[], items: readonly string[]): string[] {
  return items.filter((item) => !list.includes(item));
}
