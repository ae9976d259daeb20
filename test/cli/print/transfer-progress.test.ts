import assert from "node:assert/strict";
import { TransferProgress, type ProgressOutput } from "../../../cli/print/transfer-progress.ts";

function shown(output: Partial<ProgressOutput> = {}): {
  readonly written: string[];
  readonly progress: TransferProgress;
} {
  const written: string[] = [];
  const progress = new TransferProgress({ ...output, write: (text) => written.push(text) });
  // Its own looks would come between the test's.
  progress.stop();
  return { written, progress };
}

const transfer = (done: number) => ({ total: 4_000_000, done, fetched: done });

describe("the progress of transfers", () => {
  it("is a line every five seconds where no line can be rewritten", () => {
    const { written, progress } = shown();
    progress.update("a", { total: 4_000_000, done: 1_000_000, fetched: 0 });
    for (let second = 0; second <= 12; second++) {
      progress.update("b", transfer(second * 100_000));
      progress.step("blob-moving");
      progress.look(second * 1000);
    }
    assert.deepEqual(written, [
      "1.5 MB of 8.0 MB (18 %), 100.0 kB/s, 1 min 5 s left\n",
      "2.0 MB of 8.0 MB (25 %), 100.0 kB/s, 1 min 0 s left\n",
    ]);
  });

  it("says what still goes on when all bytes are there, anew when that is another thing", () => {
    const { written, progress } = shown();
    progress.update("a", transfer(3_000_000));
    progress.look(0);
    progress.update("a", transfer(4_000_000));
    for (let second = 1; second <= 60; second++) {
      if (second === 7) progress.step("the engine unpacks it");
      if (second === 50) progress.step("the engine names it");
      progress.look(second * 1000);
    }
    assert.deepEqual(written, [
      "4.0 MB of 4.0 MB (100 %)\n",
      "4.0 MB of 4.0 MB (100 %) the engine unpacks it\n",
      "4.0 MB of 4.0 MB (100 %) the engine unpacks it\n",
      "4.0 MB of 4.0 MB (100 %) the engine names it\n",
    ]);
  });

  it("is one line on a terminal, no longer than it, with the step behind", () => {
    const { written, progress } = shown({ isTTY: true, columns: 60 });
    progress.update("a", transfer(0));
    progress.look(0);
    progress.update("a", transfer(1_000_000));
    progress.step("segment-syncing");
    progress.look(1000);
    progress.stop();
    assert.deepEqual(written, [
      "0 B of 4.0 MB (0 %)",
      "\r\u001b[2K",
      "1.0 MB of 4.0 MB (25 %), 1.0 MB/s, 3 s left segment-syncing",
      "\r\u001b[2K",
    ]);
    assert.equal(written[2]?.length, 59);
  });

  it("has colour only where the output can show it", () => {
    const lines = [true, false].map((can) => {
      const { written, progress } = shown({ isTTY: true, hasColors: () => can });
      progress.update("a", transfer(0));
      progress.step("index-moving");
      progress.look(0);
      return written.join("");
    });
    assert.deepEqual(lines, [
      "0 B of 4.0 MB (0 %)\u001b[2m index-moving\u001b[22m",
      "0 B of 4.0 MB (0 %) index-moving",
    ]);
  });

  it("leaves room for a line above it", () => {
    const { written, progress } = shown({ isTTY: true });
    progress.update("a", transfer(0));
    progress.look(0);
    progress.note("ghcr.io is asked instead");
    assert.deepEqual(written.slice(1), ["\r\u001b[2K", "ghcr.io is asked instead\n"]);
  });

  it("is nothing without an output, and before anything is known", () => {
    const silent = new TransferProgress(undefined);
    silent.update("a", transfer(1));
    silent.look(0);
    silent.note("line");
    silent.stop();
    const { written, progress } = shown({ isTTY: true });
    progress.look(0);
    assert.deepEqual(written, []);
  });
});
