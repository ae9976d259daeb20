import { GithubClient } from "../../github/client.ts";
import { isHttpError } from "../../github/faults.ts";
import type { PinnedActions } from "../../rules/pinned-actions.ts";
import { findingAt, type TreeFile, type TreeFinding } from "../../rules/workflow-tree.ts";
import { explaining } from "../github-access.ts";

const GITHUB_API = "https://api.github.com";
/** A tag may be of a tag; more than a few of them are no release. */
const MOST_TAGS = 5;

/** What `--online` looks at. */
export interface OnlineList {
  readonly file: TreeFile;
  readonly pinned: PinnedActions;
}

/**
 * Asks GitHub whether the tag of every listed action is still the listed commit. A token is not needed; with one, GitHub
 * answers more often in an hour.
 * @param say takes a line of progress
 * @throws UserError when GitHub does not answer
 */
export async function movedTags(
  { file, pinned }: OnlineList,
  say: (line: string) => void,
): Promise<readonly TreeFinding[]> {
  const findings: TreeFinding[] = [];
  const octokit = githubWithoutOwner();
  for (const [action, { version, commit }] of Object.entries(pinned)) {
    say(`asking GitHub for ${action} ${version}`);
    const now = await explaining("Contents: read", () => commitOf(octokit, action, version));
    if (now === commit) continue;
    findings.push(
      findingAt(file, [action, "commit"], {
        rule: "pinned-online",
        message:
          now === undefined
            ? `${action} has no tag ${version} on GitHub, and the list says that it is ${commit.slice(0, 12)}`
            : `${version} of ${action} is ${now} on GitHub, and ${commit.slice(0, 12)} in the list: one of them was changed`,
        remedy:
          "find out why before any workflow runs: look at the action's releases and at the sources of the list",
      }),
    );
  }
  return findings;
}

/** The commit that a tag of an action is, also an annotated one; undefined where there is no such tag. */
async function commitOf(
  octokit: GithubClient["octokit"],
  action: string,
  tag: string,
): Promise<string | undefined> {
  const [owner = "", repo = ""] = action.split("/");
  try {
    const ref = `tags/${tag}`;
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
      ...{ owner, repo, ref },
    });
    let { sha, type } = data.object;
    for (let passed = 0; type === "tag" && passed < MOST_TAGS; passed++) {
      const annotated = await octokit.request("GET /repos/{owner}/{repo}/git/tags/{tag_sha}", {
        ...{ owner, repo, tag_sha: sha },
      });
      ({ sha, type } = annotated.data.object);
    }
    return sha;
  } catch (error) {
    if (isHttpError(error) && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * In a workflow GitHub says where it is; a server of one's own is named with the path that the client adds. What is asked is
 * public: GITHUB_READ_TOKEN, which may be a token of anybody, lifts the limit on how often.
 */
function githubWithoutOwner(): GithubClient["octokit"] {
  const baseUrl = (process.env["GITHUB_API_URL"] ?? GITHUB_API).replace(/\/api\/v3\/?$/, "");
  const { GITHUB_READ_TOKEN: readToken = "", GITHUB_TOKEN: token = "" } = process.env;
  return new GithubClient({ owner: "", token: readToken === "" ? token : readToken, baseUrl })
    .octokit;
}
