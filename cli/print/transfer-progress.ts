import { styleText } from "node:util";
import { formatBytes } from "../../rules/byte-size.ts";
import {
  formatSeconds,
  rateOf,
  secondsLeft,
  withSample,
  type Sample,
} from "../../rules/transfer-rate.ts";

/** How far a transfer is; in bytes. */
export interface Transfer {
  readonly total: number;
  /** Of the total, what is there, what was there before included. */
  readonly done: number;
  /** What came now. */
  readonly fetched: number;
}

/** Where progress is shown: `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** Milliseconds between two looks, and between two lines where no line can be rewritten. */
const LOOK = 250;
const LINE = 5_000;
/** Milliseconds between two lines that say the same. */
const SAME_LINE = 30_000;
const NOTHING: Transfer = { total: 0, done: 0, fetched: 0 };

/** Shows how far transfers are, all together: one line rewritten on a terminal, a line every five seconds elsewhere. */
export class TransferProgress {
  readonly #output: ProgressOutput | undefined;
  readonly #transfers = new Map<string, Transfer>();
  readonly #timer: NodeJS.Timeout | undefined;
  #samples: readonly Sample[] = [];
  #step = "";
  #printed: number | undefined;
  #last = "";
  #isShown = false;

  /** @param output undefined shows nothing, as with `--json` */
  constructor(output: ProgressOutput | undefined) {
    this.#output = output;
    if (output === undefined) return;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK);
    this.#timer.unref();
  }

  /** Notes how far one transfer is. @param name `pytorch-linux-jammy-rocm-n-py3` */
  update(name: string, { total, done, fetched }: Transfer): void {
    this.#transfers.set(name, { total, done, fetched });
  }

  /** Where the run is, shown behind the figures: on a terminal, and elsewhere when all bytes are there. */
  step(text: string): void {
    this.#step = text;
  }

  /** Prints a line above the progress. */
  note(line: string): void {
    this.#clear();
    this.#output?.write(`${line}\n`);
  }

  /** Takes the line away; nothing is shown any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  /** Shows how far it is by now, where it is time to. @param now milliseconds, from any beginning */
  look(now: number): void {
    if (this.#output === undefined || this.#transfers.size === 0) return;
    const sum = [...this.#transfers.values()].reduce(add, NOTHING);
    this.#samples = withSample(this.#samples, { at: now, bytes: sum.fetched });
    const text = progressText(sum, rateOf(this.#samples));
    if (this.#output.isTTY === true) this.#rewrite(this.#output, text);
    else this.#append(this.#output, isDone(sum) ? text + this.#stepText() : text, now);
  }

  #append(output: ProgressOutput, line: string, now: number): void {
    const wait = line === this.#last ? SAME_LINE : LINE;
    if (now - (this.#printed ??= now) < wait) return;
    this.#printed = now;
    this.#last = line;
    output.write(`${line}\n`);
  }

  #stepText(): string {
    return this.#step === "" ? "" : ` ${this.#step}`;
  }

  #rewrite(output: ProgressOutput, text: string): void {
    const { columns = 80 } = output;
    const figures = text.slice(0, columns - 1);
    const rest = this.#stepText().slice(0, columns - 1 - figures.length);
    const hasColors = output.hasColors?.() === true;
    const quiet = hasColors ? styleText("dim", rest, { validateStream: false }) : rest;
    this.#clear();
    output.write(figures + quiet);
    this.#isShown = true;
  }

  #clear(): void {
    if (this.#isShown) this.#output?.write("\r\u001b[2K");
    this.#isShown = false;
  }
}

/** `1.5 GB of 40.1 GB (3 %), 210.5 MB/s, 3 min 4 s left`. @param rate bytes a second */
export function progressText(transfer: Transfer, rate: number | undefined): string {
  const { total, done } = transfer;
  const share = total === 0 ? 100 : Math.floor((done * 100) / total);
  const figures = `${formatBytes(done)} of ${formatBytes(total)} (${share} %)`;
  // What still goes on then is no transfer.
  if (isDone(transfer)) return figures;
  const left = secondsLeft(total - done, rate);
  return [
    figures,
    ...(rate === undefined ? [] : [`${formatBytes(Math.round(rate))}/s`]),
    ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
  ].join(", ");
}

function isDone({ total, done }: Transfer): boolean {
  return done >= total;
}

function add(sum: Transfer, one: Transfer): Transfer {
  return {
    total: sum.total + one.total,
    done: sum.done + one.done,
    fetched: sum.fetched + one.fetched,
  };
}
