/**
 * Files that a preview only reads: images, and stacks (`Pulumi.main.yaml` and `Pins.main.yaml`, not `Pulumi.yaml`, which says what
 * runs).
 * A folder that gave way to a link is a file of its name and none of these.
 */
const DATA = [/^images\/./s, /^(?:Pulumi|Pins)\.[^/]+\.yaml$/s];

/** Files that nothing reads to compute a preview. */
const INERT = [/^docs\/./s, /(?:^|\/)[^/]+\.md$/s];

/** GitHub lists this many changed files of a pull request and no more. */
export const MOST_LISTED_FILES = 3000;

/** A changed file as GitHub lists it. */
export interface ChangedFile {
  readonly path: string;
  /** What it was called before, where it was renamed. */
  readonly previousPath?: string;
}

/**
 * The paths that make a difference to how a preview is computed, in their order, each once. Where there are any, a run for
 * the pull request may have been computed by code that nobody reviewed: a pull request's own workflow files run, whatever
 * they check out.
 * @param paths of the files that a pull request changes, with the former ones of renamed files
 */
export function changedCode(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].filter(
    (path) => !isPlain(path) || ![...DATA, ...INERT].some((pattern) => pattern.test(path)),
  );
}

/** Whether a path is that of a file that says what a stack is: of images/, or a stack's own. */
export function isStackData(path: string): boolean {
  return DATA.some((pattern) => pattern.test(path));
}

/** The paths of changed files, former ones of renamed files too. */
export function changedPaths(files: readonly ChangedFile[]): readonly string[] {
  return files.flatMap(({ path, previousPath }) =>
    previousPath === undefined ? [path] : [previousPath, path],
  );
}

/** Whether a path leads where it seems to lead, on every file system. */
function isPlain(path: string): boolean {
  return !path.includes("\\") && path.split("/").every((part) => !["", ".", ".."].includes(part));
}
