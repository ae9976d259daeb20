/* Run as a child: takes over the lock of the state file named in its argument, and is killed just before it has it. */
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { lockState } from "../../../engine/state-lock.ts";

Object.assign(promises, {
  rename: () => {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => undefined);
  },
});
syncBuiltinESMExports();
await lockState(process.argv[2] ?? "");
