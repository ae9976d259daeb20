/* Run as a child: takes the lock of the state file named in its argument, says so and waits to be killed. */
import { lockState } from "../../../engine/state-lock.ts";

await lockState(process.argv[2] ?? "");
process.send?.("locked");
setInterval(() => undefined, 1000);
process.on("disconnect", () => process.exit());
