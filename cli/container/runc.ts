import { existsSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import type { ContainerRun } from "./container-run.ts";
import { type ImageConfig, readUser } from "./image-config.ts";

/** The parts of `runc spec`'s answer that are changed; the rest is kept as it is. */
const Spec = z.looseObject({
  process: z.looseObject({
    terminal: z.boolean(),
    user: z.object({ uid: z.number(), gid: z.number() }),
    args: z.array(z.string()),
    env: z.array(z.string()),
    cwd: z.string(),
  }),
  root: z.looseObject({ readonly: z.boolean() }),
  mounts: z.array(z.looseObject({ destination: z.string() })),
  linux: z.looseObject({ namespaces: z.array(z.looseObject({ type: z.string() })) }),
});

/**
 * Runs a root file system with runc, on the machine's own network; for machines with BuildKit but no Docker engine.
 * @param runc path of the binary.
 * @param bundle a folder whose `rootfs` is the root file system; `config.json` is written beside it.
 * @returns the exit code of the command.
 */
export async function runWithRunc(
  runc: string,
  bundle: string,
  image: ImageConfig,
  run: ContainerRun,
): Promise<number> {
  const args = commandLine(image, run);
  await execa(runc, ["spec", "--bundle", bundle]);
  const file = join(bundle, "config.json");
  const spec = Spec.parse(JSON.parse(await readFile(file, "utf8")));
  spec.process.terminal = run.terminal;
  spec.process.args = args;
  spec.process.cwd = image.WorkingDir ?? "/";
  const { home, ...user } = await readUser(join(bundle, "rootfs"), image.User ?? "");
  spec.process.user = user;
  // Later ones win, and runc's own PATH is there for an image without.
  spec.process.env.push(`HOME=${home}`, ...(image.Env ?? []));
  spec.root.readonly = false;
  // The network is the machine's own, so names are looked up as it does.
  const resolver = { source: "/etc/resolv.conf", target: "/etc/resolv.conf", readOnly: true };
  spec.mounts.push(
    ...[...(existsSync(resolver.source) ? [resolver] : []), ...run.mounts].map(
      ({ source, target, readOnly }) => ({
        destination: target,
        type: "bind",
        source,
        options: ["rbind", readOnly ? "ro" : "rw"],
      }),
    ),
  );
  spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== "network");
  await writeFile(file, JSON.stringify(spec));
  const { exitCode } = await execa(
    runc,
    ["--root", join(bundle, "runc"), "run", "--bundle", bundle, `slipway-${randomUUID()}`],
    { stdio: "inherit", reject: false },
  );
  return exitCode ?? 1;
}

/** Entrypoint and command as the image gives them, each replaced by the caller's. */
function commandLine(image: ImageConfig, run: ContainerRun): string[] {
  const entrypoint = run.entrypoint === undefined ? (image.Entrypoint ?? []) : [run.entrypoint];
  // As Docker does: another entrypoint does not get the image's own command.
  const own = run.entrypoint === undefined ? (image.Cmd ?? []) : [];
  const args = [...entrypoint, ...(run.command.length > 0 ? run.command : own)];
  if (args.length === 0) {
    throw new UserError("the image has no command of its own; write one after --");
  }
  return args;
}
