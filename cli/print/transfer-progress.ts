/** How far a transfer is; in bytes. */
export interface Transfer {
  readonly total: number;
  readonly done: number;
  readonly fetched: number;
}

/** Where progress is shown: `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows how far transfers are: one line rewritten on a terminal, a line every five seconds elsewhere. */
export class TransferProgress {
  readonly #output: ProgressOutput | undefined;

  /** @param output undefined shows nothing, as with `--json` */
  constructor(output: ProgressOutput | undefined) {
    this.#output = output;
  }

  /** Notes how far one transfer is. @param name `pytorch-linux-jammy-rocm-n-py3` */
  update(name: string, transfer: Transfer): void {
    throw new Error(`not written yet: ${name} ${transfer.done} ${typeof this.#output}`);
  }

  /** Prints a line above the progress. */
  note(line: string): void {
    throw new Error(`not written yet: ${line}`);
  }

  /** Where the run is, shown behind the figures. */
  step(text: string): void {
    throw new Error(`not written yet: ${text}`);
  }

  /** Takes the line away. */
  stop(): void {
    throw new Error("not written yet");
  }
}
