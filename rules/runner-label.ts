/**
 * Machines of GitHub's, each made for one job.
 * @see https://docs.github.com/en/actions/reference/runners/github-hosted-runners
 */
const HOSTED = /^(?:ubuntu|windows|macos)-[a-z0-9.-]+$/;

/** Labels that every machine of one's own has, whatever it is for; GitHub compares labels without regard to capitals. */
const OF_ALL: readonly string[] = [
  "self-hosted",
  ...["linux", "windows", "macos"],
  ...["x64", "arm", "arm64"],
];

const LABEL = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Whether a label is that of machines of GitHub's, as far as its form tells. */
export function isHostedRunner(label: string): boolean {
  return HOSTED.test(label);
}

/** Whether a label is one that GitHub gives every machine of one's own, unless it is registered with `--no-default-labels`. */
export function isOfEveryRunner(label: string): boolean {
  return OF_ALL.includes(label.toLowerCase());
}

/** What keeps a label from naming the runners that keep images; undefined when nothing does. */
export function cacheRunnerProblem(label: string): string | undefined {
  const found = JSON.stringify(label.length > 80 ? `${label.slice(0, 80)}...` : label);
  if (!LABEL.test(label)) {
    return `${found} is no label of a runner; write letters, digits, ".", "_" and "-", e.g. linux.rocm.gfx942.docker-cache`;
  }
  if (HOSTED.test(label)) {
    return `${found} are machines of GitHub's, which keep nothing; write the label of runners of your own`;
  }
  if (isOfEveryRunner(label)) {
    return `${found} are all runners of your own; give those that keep images a label by itself, e.g. linux.rocm.gfx942.docker-cache`;
  }
  return undefined;
}
