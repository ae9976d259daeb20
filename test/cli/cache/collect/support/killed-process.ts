/* A process that collects all that may go, and kills itself at the step of a number: argv is the store's folder and the number. */
import { collectStore } from "../../../../../cli/cache/collect/collect-store.ts";
import { Store } from "../../../../../cli/cache/store/store.ts";

const [folder = "", last] = process.argv.slice(2);
let steps = 0;
const store = await Store.open(folder, {
  onStep: (step) => {
    console.log(step);
    if (++steps === Number(last)) process.kill(process.pid, "SIGKILL");
  },
});
await collectStore(store, { maxBytes: 0, keptSince: Infinity });
