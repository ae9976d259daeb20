import { execa } from "execa";
import type { ContainerRun } from "./container-run.ts";

/** Whether a Docker engine answers. */
export async function hasDockerEngine(): Promise<boolean> {
  const { failed } = await execa("docker", ["version", "--format", "{{.Server.Version}}"], {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
  });
  return !failed;
}

/** Runs an image that the engine has; the container is removed afterwards. Returns its exit code. */
export async function dockerRun(image: string, run: ContainerRun): Promise<number> {
  const args = ["run", "--rm", "--interactive"];
  if (run.terminal) args.push("--tty");
  for (const { source, target, readOnly } of run.mounts) {
    args.push(
      "--mount",
      `type=bind,source=${source},target=${target}${readOnly ? ",readonly" : ""}`,
    );
  }
  if (run.entrypoint !== undefined) args.push("--entrypoint", run.entrypoint);
  const { exitCode } = await execa("docker", [...args, image, ...run.command], {
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 1;
}
