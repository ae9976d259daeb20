/*
 * skopeo for tests: the machine's own, else Debian's, which is not installed for that.
 *
 *   const skopeo = withSkopeo();
 *   it("...", () => skopeo("inspect", `oci:${folder}:${name}`));
 */
import { execa } from "execa";
import { findOnPath } from "../../local/executables.ts";
import { debianObstacle, debianPrograms } from "./debian-programs.ts";
import { skipBecause } from "./skip.ts";

/** What a `skopeo` with these arguments prints. No policy of signatures is asked. */
export type Skopeo = (...args: readonly string[]) => Promise<string>;

/** Has a skopeo before the tests of the current suite; where there can be none, the suite is skipped and says why. */
export function withSkopeo(): Skopeo {
  let env: Readonly<Record<string, string>> | undefined;
  before("have skopeo", async function () {
    this.timeout(5 * 60_000); // On a fresh machine it is fetched here.
    if ((await findOnPath("skopeo")) !== undefined) return void (env = {});
    const obstacle = await debianObstacle();
    if (obstacle !== undefined) skipBecause(this, `skopeo: not found on PATH, and ${obstacle}`);
    env = { ...(await debianPrograms(["skopeo"])) };
  });
  return async (...args) => {
    if (env === undefined) throw new Error("skopeo is there only while tests run");
    const path = await findOnPath("skopeo", env["PATH"]);
    const { stdout } = await execa(path ?? "skopeo", ["--insecure-policy", ...args], { env });
    return stdout;
  };
}
