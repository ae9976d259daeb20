import { mkdir } from "node:fs/promises";
import { git, type GitAnswer } from "../../../context/git.ts";
import { UserError } from "../../../rules/problems.ts";

/** A branch of a repository, and what it points to. */
export interface RemoteBranch {
  readonly name: string;
  readonly commit: string;
}

/** The beginning of release lines' branches. */
const RELEASES = "release/";
const HEADS = "refs/heads/";
/** Files of Git LFS stay the small texts that stand for them. */
const NO_LARGE_FILES = { GIT_LFS_SKIP_SMUDGE: "1" };

/** A repository on GitHub, read by git with no history and no more than one branch at a time on the disk. */
export class RemoteRepository {
  readonly name: string;
  readonly #url: string;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @param name `OWNER/NAME`
   * @param folder that does not exist, for its files
   * @param server `https://github.com`
   * @param token that may read the repository; without one, what everybody may
   */
  constructor(name: string, folder: string, server: string, token?: string) {
    this.name = name;
    this.#url = `${server}/${name}.git`;
    this.#folder = folder;
    this.#env = { ...NO_LARGE_FILES, ...(token !== undefined && asHeader(server, token)) };
  }

  /** The default branch, and those of release lines. @throws UserError when the repository cannot be read */
  async branches(): Promise<readonly RemoteBranch[]> {
    await mkdir(this.#folder);
    await this.#git(["init", "--quiet"]);
    const listed = await this.#git(["ls-remote", "--symref", this.#url, "HEAD", `${HEADS}*`]);
    const lines = listed.split("\n").map((line) => line.split("\t"));
    const head = lines
      .find(([first = ""]) => first.startsWith("ref: "))?.[0]
      ?.slice("ref: ".length);
    if (head === undefined) {
      throw new UserError(
        `${this.name} has no branch that is its default; push one, or leave it out`,
      );
    }
    return lines.flatMap(([commit = "", ref = ""]) => {
      const name = ref.slice(HEADS.length);
      const isMeant = ref === head || (ref.startsWith(HEADS) && name.startsWith(RELEASES));
      return isMeant ? [{ name, commit }] : [];
    });
  }

  /**
   * The files of a branch, in the place of those of the one before.
   * @returns where they are, and when the branch's last commit was made, in milliseconds since 1970
   */
  async checkOut({ name, commit }: RemoteBranch): Promise<{ folder: string; committed: number }> {
    await this.#fetch(name);
    // Between the listing and this somebody may have pushed: what is there now is what is pinned now.
    const shown = await this.#git(["log", "-1", "--format=%ct", "FETCH_HEAD"]);
    await this.#git(["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"]);
    await this.#git(["clean", "--quiet", "-ffdx"]);
    const committed = Number(shown.trim()) * 1000;
    if (Number.isNaN(committed)) throw new UserError(`${this.name}: ${commit} has no date`);
    return { folder: this.#folder, committed };
  }

  async #fetch(branch: string): Promise<void> {
    await this.#git(["fetch", "--quiet", "--depth=1", "--no-tags", this.#url, `${HEADS}${branch}`]);
  }

  async #git(args: readonly string[]): Promise<string> {
    const answer = await git(this.#folder, args, { env: this.#env });
    if (answer.exitCode === 0) return answer.stdout;
    throw new UserError(this.#fault(answer));
  }

  #fault({ missing, stderr }: GitAnswer): string {
    if (missing) return "there is no git on this machine, which reads the repositories; install it";
    return `${this.name} cannot be read: ${stderr}. Is the name right, and may the token in GITHUB_TOKEN read it (contents: read)? Nothing was written`;
  }
}

/**
 * The token as git's own configuration in the environment, where no list of processes shows it; for this server alone.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
 */
function asHeader(server: string, token: string): Readonly<Record<string, string>> {
  const count = Number(process.env["GIT_CONFIG_COUNT"] ?? 0);
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${server}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${basic}`,
  };
}
