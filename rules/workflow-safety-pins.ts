import { isCommit, parseUses, type PinnedActions } from "./pinned-actions.ts";
import { suggestion } from "./suggestion.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  stepsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type YamlPath,
} from "./workflow-tree.ts";

/** Where the list stands, for remedies. */
export const PINNED_ACTIONS_FILE = ".github/pinned-actions.yaml";

/**
 * Actions and workflows of others that are not used at the one commit that the list says, with its version behind it.
 * @see https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
 */
export function pinFindings(file: TreeFile, pinned: PinnedActions): readonly TreeFinding[] {
  const calls = jobsOf(file).flatMap(({ path, value: { uses } }) =>
    typeof uses === "string" ? { uses, path: [...path, "uses"] } : [],
  );
  const steps = stepsOf(file).flatMap(({ path, uses }) =>
    uses === undefined ? [] : { uses, path: [...path, "uses"] },
  );
  return [
    ...[...calls, ...steps].flatMap(({ uses, path }) => pinFinding(file, uses, path, pinned)),
    ...jobsOf(file).flatMap((job) => containerFindings(job, jobsOf(file))),
  ];
}

/** Images that a job runs in or beside are named by what is in them. */
function containerFindings(
  { file, name, path, value }: TreeJob,
  jobs: readonly TreeJob[],
): readonly TreeFinding[] {
  const { container, services } = value;
  const images = [
    { at: [...path, "container"], image: mapOf(container)["image"] ?? container },
    ...Object.entries(mapOf(services)).map(([service, one]) => ({
      at: [...path, "services", service],
      image: mapOf(one)["image"],
    })),
  ];
  return images.flatMap(({ at, image }) => {
    if (image === undefined || /@sha256:[0-9a-f]{64}$/.test(textOf(image))) return [];
    if (isPublished(textOf(image), jobs)) return [];
    return findingAt(file, at, {
      rule: "pinned",
      message: `job ${name} runs the image ${textOf(image)}, whose name may move`,
      remedy: "write it by its digest: NAME@sha256:...",
    });
  });
}

/** Whether an image is what a step of another job got from Slipway, which names images by their digests. */
function isPublished(image: string, jobs: readonly TreeJob[]): boolean {
  const [, job, output = ""] =
    /^\$\{\{\s*needs\.([\w-]+)\.outputs\.([\w-]+)\s*\}\}$/.exec(image) ?? [];
  const giver = jobs.find(({ name }) => name === job);
  const from = textOf(mapOf(giver?.value["outputs"])[output] ?? "");
  const step = /^\$\{\{\s*steps\.([\w-]+)\.outputs\.[\w-]+\s*\}\}$/.exec(from)?.[1];
  return (
    giver?.steps.some(
      ({ value, run = "" }) => value["id"] === step && /\bslipway\s+images?\s/.test(run),
    ) === true
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function pinFinding(
  file: TreeFile,
  uses: string,
  path: YamlPath,
  pinned: PinnedActions,
): readonly TreeFinding[] {
  // A folder of this repository is of the workflow's own commit.
  if (uses.startsWith("./")) return [];
  const used = parseUses(uses);
  if (used === undefined) {
    return [
      findingAt(file, path, {
        rule: "pinned",
        message: `uses ${uses}, which is no action at a commit`,
        remedy: "use an action as OWNER/NAME@COMMIT, or a folder of this repository",
      }),
    ];
  }
  const { repository, folder, ref } = used;
  const known = Object.hasOwn(pinned, repository) ? pinned[repository] : undefined;
  if (known === undefined) {
    return [
      findingAt(file, path, {
        rule: "pinned",
        message: `uses ${repository}, which ${PINNED_ACTIONS_FILE} does not list${suggestion(repository, Object.keys(pinned))}`,
        remedy: `add it to ${PINNED_ACTIONS_FILE} with version, commit and a source that shows both, or take the use out`,
      }),
    ];
  }
  const { version, commit } = known;
  // Behind the version there may be more, such as a linter's own words, which stays.
  const [comment, more] = versionOf(file.commentOf(path) ?? "");
  if (ref === commit && comment === version) return [];
  const wanted = `${repository}${folder}@${commit}`;
  const found = !isCommit(ref)
    ? `is used at ${ref}, which may move`
    : ref !== commit
      ? `is used at ${ref.slice(0, 12)}, and ${PINNED_ACTIONS_FILE} lists ${version}, ${commit.slice(0, 12)}`
      : `is used at ${version} and has ${comment === "" ? "no version" : JSON.stringify(comment)} behind it`;
  return [
    findingAt(
      file,
      path,
      {
        rule: "pinned",
        message: `${repository} ${found}`,
        remedy: `write uses: ${wanted} # ${version}`,
      },
      [{ kind: "set", path, value: wanted, comment: `${version}${more}` }],
    ),
  ];
}

/** The version that a comment begins with, and the rest of it with the space before. */
function versionOf(comment: string): readonly [version: string, more: string] {
  const { version = "", more = "" } =
    /^\s*(?<version>v?\d[\w.-]*)?(?<more>\s+\S.*)?$/s.exec(comment)?.groups ?? {};
  return [version, more.trimEnd()];
}
