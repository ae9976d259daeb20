import { explainInterruption } from "./interruption.ts";
import { LOCAL_STACK, startLocalCloud } from "./local-cloud.ts";
import { reconcile } from "./reconcile.ts";

/** Starts the local cloud and applies stack `local` to it. Returns the exit code. */
export async function localUp(): Promise<number> {
  await startServices();
  return reconcile("up", { stack: LOCAL_STACK, engine: "embedded" });
}

/** Starts the services, says what is done meanwhile and how long it took. */
export async function startServices(): Promise<void> {
  const started = performance.now();
  explainInterruption();
  const cloud = await startLocalCloud((line) => console.log(`local cloud  ${line}`));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`local cloud  ready in ${seconds} s, in ${cloud.folder}\n`);
}
