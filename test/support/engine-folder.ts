import { rm } from "node:fs/promises";
import { stopDaemon } from "../../local/daemon.ts";
import { unmountBelow } from "../../local/mounts.ts";
import { containerProcesses, endProcesses } from "../../local/processes.ts";

/** Name of an engine's daemon in its folder. */
export const ENGINE_DAEMON = "dockerd";

/** Ends the engine of a folder with its containers, if one runs there, and removes the folder. */
export async function removeEngineFolder(folder: string): Promise<void> {
  await stopDaemon(folder, ENGINE_DAEMON);
  await endProcesses(await containerProcesses(folder));
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
}
