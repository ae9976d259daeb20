import { UserError } from "../rules/problems.ts";
import { instanceFolder } from "./project-root.ts";
import { table } from "./print/table.ts";

/** Prints the state of each service. Returns 0 when all of them run. */
export async function showStatus({ json }: { readonly json?: boolean }): Promise<number> {
  const { cloudStatus } = await import("../local/status.ts");
  const folder = instanceFolder();
  const services = await cloudStatus(folder);
  const running = services.length > 0 && services.every(({ state }) => state === "running");
  if (json === true) {
    console.log(JSON.stringify({ folder, running, services }, undefined, 2));
  } else if (services.length === 0) {
    console.log(`no local cloud was ever started in ${folder}; npm run local:up does`);
  } else {
    const rows = services.map(({ name, state, address, pid, logFile }) => [
      name,
      state,
      address,
      pid === undefined ? "" : String(pid),
      logFile ?? "",
    ]);
    console.log(table([["service", "state", "address", "pid", "log"], ...rows]));
  }
  return running ? 0 : 1;
}

/** Ends every process of the local cloud. */
export async function stopServices(): Promise<void> {
  const { stopCloud } = await import("../local/cloud.ts");
  const stopped = await stopCloud(instanceFolder(), {
    onProgress: (line) => console.log(`local cloud  ${line}`),
  });
  console.log(
    stopped
      ? "local cloud  stopped; its data stays, but for AWS, which moto keeps in memory: the next up makes it again"
      : "local cloud  was not running",
  );
}

/** Ends every process of the local cloud and deletes its data. */
export async function removeServices({ yes }: { readonly yes?: boolean }): Promise<void> {
  const folder = instanceFolder();
  if (yes !== true) {
    throw new UserError(
      `remove deletes the local cloud in ${folder} with all that stack local made; if that is meant: slipway local remove --yes`,
    );
  }
  const { removeCloud } = await import("../local/remove.ts");
  await removeCloud(folder);
  console.log(`local cloud  removed from ${folder}`);
}
