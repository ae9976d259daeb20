/* Run as a child: runs {@link pair} with a service that lies in a file, and kills itself at the named moment. */
import { existsSync } from "node:fs";
import type { Operation } from "../../../engine/events.ts";
import { runStack } from "../../../engine/run.ts";
import { pair } from "./pair.ts";
import { Service } from "./service.ts";
import type { ThingArgs } from "./things.ts";

/** What the child is told, as JSON. */
export interface KilledRun {
  readonly stateFile: string;
  readonly serviceFile: string;
  readonly operation: Operation;
  readonly second: ThingArgs;
  /** `before create second`: the service has not done it. `after create second`: it has, and the engine does not know. */
  readonly moment: string;
}

const told = process.argv[2];
if (told === undefined) throw new Error("say what to run");
const { stateFile, serviceFile, operation, second, moment } = JSON.parse(told) as KilledRun;
const service = new Service();
if (existsSync(serviceFile)) service.load(serviceFile);
const killAt = (now: string): void | Promise<void> => {
  if (now !== moment) return;
  service.save(serviceFile);
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
};
service.before = (call) => killAt(`before ${call}`);
service.after = (call) => killAt(`after ${call}`);
await runStack({
  project: { root: "", name: "slipway", stack: "test", config: {}, secretKeys: [] },
  operation,
  packages: { test: service.factory },
  stateFile,
  program: async () => pair(second)(),
});
