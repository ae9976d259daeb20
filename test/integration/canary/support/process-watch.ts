/* Looks again and again at what every process of the machine shows to others: its command line and its environment. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { markerVariable } from "../../../../local/processes.ts";
import type { MarkerSearch } from "./markers.ts";

/** Milliseconds between two looks; a process that lives shorter may be missed. */
const PAUSE = 50;

export class ProcessWatch {
  readonly #search: MarkerSearch;
  readonly #mayHold: (command: string, finding: string) => boolean;
  readonly #found = new Set<string>();
  /** Commands that were looked at, by process. */
  readonly #seen = new Map<string, string>();
  #isOn = true;
  readonly #end: Promise<void>;

  /** @param mayHold whether a process may have that marker in its environment; none may in its command line */
  constructor(search: MarkerSearch, mayHold: (command: string, finding: string) => boolean) {
    this.#search = search;
    this.#mayHold = mayHold;
    this.#end = this.#watch();
  }

  /** Ends the watch. Returns what showed a marker, and every command that was looked at. */
  async end(): Promise<{
    readonly found: readonly string[];
    readonly commands: readonly string[];
  }> {
    this.#isOn = false;
    await this.#end;
    return { found: [...this.#found], commands: [...this.#seen.values()] };
  }

  async #watch(): Promise<void> {
    while (this.#isOn) {
      for (const pid of readdirSync("/proc")) if (/^\d+$/.test(pid)) this.#look(pid);
      await delay(PAUSE);
    }
  }

  #look(pid: string): void {
    const commandLine = read(`/proc/${pid}/cmdline`);
    const command = commandLine.toString().replaceAll("\0", " ").trim();
    // Both change only when a process starts another program.
    if (command === "" || this.#seen.get(pid) === command) return;
    this.#seen.set(pid, command);
    const short = command.slice(0, 160);
    for (const finding of this.#search.in(commandLine)) {
      this.#found.add(`command line of ${short}: ${finding}`);
    }
    const environment = read(`/proc/${pid}/environ`).toString("latin1").split("\0");
    for (const finding of this.#search.in(foreign(environment).join("\0"))) {
      if (!this.#mayHold(command, finding)) this.#found.add(`environment of ${short}: ${finding}`);
    }
  }
}

/**
 * What a process has in its environment besides the variables that the user set for a command: those go on to the programs
 * that the command starts (git, buildctl), but not to services of the cloud, which outlive it, nor to steps of a build.
 */
function foreign(environment: readonly string[]): readonly string[] {
  const has = (name: string) => environment.some((entry) => entry.startsWith(`${name}=`));
  if (has(markerVariable) || !has("SLIPWAY_TEST_REPLACE")) return environment;
  return environment.filter(
    (entry) => !/^(?:RESULTS_TOKEN|GITHUB_TOKEN|SEALED_VALUE|SLIPWAY_TEST_CONFIG)=/.test(entry),
  );
}

/** A process may end at any time, and its files with it. */
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
