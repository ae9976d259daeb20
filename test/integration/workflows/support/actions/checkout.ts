/* actions/checkout: git from the bare repository that stands for GitHub's. @see https://github.com/actions/checkout */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { execa } from "execa";
import type { StandIn } from "../action-call.ts";
import { fullName } from "../workflow-project.ts";

export const checkout: StandIn = {
  action: "actions/checkout",
  inputs: {
    repository: "",
    ref: "",
    path: ".",
    "fetch-depth": "1",
    filter: "",
    "persist-credentials": "true",
  },
  run: async ({ inputs, job, say }) => {
    const { run } = job;
    const { repository = "", ref = "", path = "", filter = "" } = inputs;
    const from = repository === "" ? run.project.repository : run.project.repositoryOf(repository);
    const wanted = ref !== "" ? ref : repository === "" ? run.sha : "refs/heads/main";
    const folder = resolve(job.workspace, path);
    if (!`${folder}/`.startsWith(`${job.workspace}/`)) {
      throw new Error(`Repository path '${folder}' is not under '${job.workspace}'`);
    }
    await mkdir(folder, { recursive: true });
    const env = { ...job.environmentOf({}), GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
    const git = async (...args: readonly string[]) =>
      (await execa("git", args, { cwd: folder, env, extendEnv: false })).stdout;
    await git("init", "-q", "-b", "main");
    await git("remote", "add", "origin", `file://${from.path}`);
    await git("config", "gc.auto", "0");
    const whole = inputs["fetch-depth"] === "0";
    const refs = whole ? ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"] : [];
    await git(
      ...["fetch", "-q", "--no-tags", "--prune", "--no-recurse-submodules"],
      ...(whole ? [] : [`--depth=${inputs["fetch-depth"] ?? "1"}`]),
      ...(filter === "" ? [] : [`--filter=${filter}`]),
      ...["origin", ...refs, `+${wanted}:refs/remotes/slipway-checkout`],
    );
    // A branch is checked out as one, everything else detached.
    const branch = ref === "" && repository === "" && /^refs\/heads\/(.+)$/s.exec(run.ref)?.[1];
    const at = "refs/remotes/slipway-checkout";
    await git(
      ...["checkout", "-q", "--force"],
      ...(branch ? ["-B", branch, at] : ["--detach", at]),
    );
    await git("update-ref", "-d", at);
    if (inputs["persist-credentials"] === "true") {
      throw new Error("leaves the job's token in .git/config; write persist-credentials: false");
    }
    const commit = await git("rev-parse", "HEAD");
    say(`${fullName(from)} at ${commit} in ${path}`);
    return { ref: ref !== "" ? ref : run.ref, commit };
  },
};
