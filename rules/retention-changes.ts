import { cacheRepository, candidateRepository } from "./build-cache.ts";
import type { ImageChange } from "./image-changes.ts";
import { type NamedImage, namedImages } from "./image-resource.ts";
import { isMap, type KnownResource, textOf, textsOf } from "./known-resource.ts";
import type { ReportedRetention } from "./preview-report.ts";
import type { JsonValue } from "./snapshot-value.ts";

/** What was applied, what is declared, and which images change. */
export interface RetentionArgs {
  readonly old: readonly KnownResource[];
  readonly now: readonly KnownResource[];
  readonly images: readonly ImageChange[];
  /** Whether the stack protects its repositories from deletion. */
  readonly protect: boolean;
}

const LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy";
const ECR = "aws:ecr/repository:Repository";

/**
 * What a change means to what is kept: rules of lifecycle policies that come or go, repositories that are no longer declared,
 * and content that the channel has no use for any longer.
 */
export function retentionChanges(args: RetentionArgs): readonly ReportedRetention[] {
  const [old, now] = [namedImages(args.old), namedImages(args.now)];
  return [
    ...ruleChanges(args),
    ...goneRepositories(args, old, now),
    ...unusedContent(args.images, old, now),
  ];
}

function ruleChanges({ old, now }: RetentionArgs): readonly ReportedRetention[] {
  const [before, after] = [rulesByRepository(old), rulesByRepository(now)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((repository) => {
    const [was, is] = [before.get(repository) ?? [], after.get(repository) ?? []];
    const about = { kind: "rule", repository } as const;
    return [
      ...is
        .filter((rule) => !was.includes(rule))
        .map((rule) => ({ ...about, change: "begins" as const, rule })),
      ...was
        .filter((rule) => !is.includes(rule))
        .map((rule) => ({ ...about, change: "ceases" as const, rule })),
    ];
  });
}

function rulesByRepository(
  resources: readonly KnownResource[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    resources
      .filter(({ type }) => type === LIFECYCLE)
      .map((resource) => {
        const { policy } = resource.properties;
        const rules = isMap(policy) && Array.isArray(policy["rules"]) ? policy["rules"] : [];
        const words = resource.withheld.includes("policy")
          ? ["a policy that cannot be told"]
          : (rules as readonly JsonValue[]).map(ruleWords);
        return [textOf(resource, "repository") ?? resource.name, words] as const;
      }),
  );
}

/** A rule in words, with its place among the others, which says what it is about: `2: expires untagged images 14 days after their push`. */
export function ruleWords(rule: JsonValue): string {
  const { rulePriority, selection, action } = isMap(rule) ? rule : {};
  if (!isMap(selection) || !isMap(action)) return JSON.stringify(rule);
  const verb = action["type"] === "expire" ? "expires" : "archives";
  const { tagStatus, tagPatternList, tagPrefixList, storageClass } = selection;
  const tags = [
    ...textsOf(tagPatternList),
    ...textsOf(tagPrefixList).map((prefix) => `${prefix}*`),
  ].join(" and ");
  const which = tagStatus === "any" ? "images" : `${word(tagStatus)} images`;
  const where = storageClass === undefined ? "" : ` in ${word(storageClass)}`;
  const named = tags === "" ? "" : ` named ${tags}`;
  return `${word(rulePriority)}: ${verb} ${which}${named}${where} ${limitWords(selection)}`;
}

function limitWords({ countType, countNumber }: Readonly<Record<string, JsonValue>>): string {
  const count = word(countNumber);
  switch (countType) {
    case "imageCountMoreThan":
      return `below the newest ${count}`;
    case "sinceImagePushed":
      return `${count} days after their push`;
    case "sinceImagePulled":
      return `${count} days after their last pull`;
    default:
      return `${count} by ${word(countType)}`;
  }
}

function word(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function goneRepositories(
  { old, now, protect }: RetentionArgs,
  oldImages: ReadonlyMap<string, NamedImage>,
  nowImages: ReadonlyMap<string, NamedImage>,
): readonly ReportedRetention[] {
  const pathsOf = (resources: readonly KnownResource[]) =>
    new Map(
      resources
        .filter(({ type }) => type === ECR)
        .map((one) => [textOf(one, "name") ?? one.name, one] as const),
    );
  const [before, after] = [pathsOf(old), pathsOf(now)];
  const kept = repositoriesOf(nowImages);
  const gone = [...repositoriesOf(oldImages)].filter((repository) => !kept.has(repository));
  const onEcr = [...before].filter(([path]) => !after.has(path));
  const full = (path: string) => {
    const end = [CACHE, CANDIDATE].find((one) => path.endsWith(one)) ?? "";
    const images = path.slice(0, path.length - end.length);
    const found = gone.find((one) => isAt(one, images));
    return found === undefined ? path : `${found}${end}`;
  };
  return [
    ...onEcr.map(([path, { properties }]) => ({
      kind: "repository" as const,
      repository: full(path),
      // The cache of builds is not worth a protection.
      effect:
        protect && !path.endsWith(CACHE)
          ? ("protected" as const)
          : properties["forceDelete"] === true
            ? ("deleted with its images" as const)
            : ("deleted when empty" as const),
    })),
    ...gone
      .filter((repository) => !onEcr.some(([path]) => full(path) === repository))
      .map((repository) => ({
        kind: "repository" as const,
        repository,
        effect: "forgotten" as const,
      })),
  ];
}

/** What the repository of a cache ends with, and that of no family. */
const CACHE = cacheRepository("");
/** The same of a repository of candidates. */
const CANDIDATE = candidateRepository("");

/** Whether a repository in full is that of a path on ECR, and of no other registry. */
function isAt(repository: string, path: string): boolean {
  const slash = repository.indexOf("/");
  return repository.slice(slash + 1) === path && !PUBLIC.has(repository.slice(0, slash));
}

const PUBLIC = new Set(["ghcr.io", "docker.io"]);

function repositoriesOf(images: ReadonlyMap<string, NamedImage>): ReadonlySet<string> {
  return new Set([...images.values()].flatMap(({ repositories }) => repositories));
}

function unusedContent(
  changes: readonly ImageChange[],
  old: ReadonlyMap<string, NamedImage>,
  now: ReadonlyMap<string, NamedImage>,
): readonly ReportedRetention[] {
  const inUse = new Set(
    [...now.values()].flatMap(({ contentName, repositories }) =>
      repositories.map((repository) => `${repository}:${contentName ?? ""}`),
    ),
  );
  return changes.flatMap(({ label, old: name }): readonly ReportedRetention[] => {
    if (name === undefined) return [];
    const unused = (old.get(label)?.repositories ?? []).filter(
      (repository) => !inUse.has(`${repository}:${name}`),
    );
    return unused.length === 0 ? [] : [{ kind: "content", label, name, repositories: [...unused] }];
  });
}
