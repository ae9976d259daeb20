/* Run as a child: applies two resources to the state file named in its argument; the creation of the second never ends. */
import { runStack } from "../../../engine/run.ts";
import { Service } from "./service.ts";
import { Thing } from "./things.ts";

process.on("disconnect", () => process.exit());
const service = new Service();
service.before = async (call) => {
  if (call !== "create second") return;
  process.send?.("half way");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};
await runStack({
  project: { root: "", name: "slipway", stack: "test", config: {}, secretKeys: [] },
  operation: "up",
  packages: { test: service.factory },
  stateFile: process.argv[2] ?? "",
  program: async () => {
    const first = new Thing("first", { identity: "first" });
    new Thing("second", { identity: "second" }, { dependsOn: first });
    return {};
  },
});
