import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { MOST_BYTES, readSecretValue } from "../../../cli/secrets/secret-value.ts";

/** Part of what must never be told of a value. */
const MARK = "hunter2";

async function* chunks(...parts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

const read = (...parts: readonly (string | Buffer)[]) =>
  readSecretValue(undefined, chunks(...parts));

/** A terminal at which somebody types; it notes whether it would have shown it. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly modes: boolean[] = [];

  setRawMode(mode: boolean): this {
    this.modes.push(mode);
    return this;
  }
}

/** Types at a terminal, and notes in which modes it had been when it asked. */
async function typed(keys: string) {
  const terminal = new Terminal();
  const asked: (readonly boolean[])[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: string | Uint8Array) => {
    if (String(text).includes("value")) asked.push([...terminal.modes]);
    return true;
  };
  const value = readSecretValue(undefined, terminal);
  terminal.write(keys);
  await value.catch(() => undefined).finally(() => (process.stderr.write = write));
  return { value, terminal, asked };
}

describe("the value of a secret", () => {
  describe("from the standard input", () => {
    it("loses the one newline at its end and nothing else", async () => {
      for (const [given, kept] of [
        ["abc", "abc"],
        ["abc\n", "abc"],
        ["abc\r\n", "abc"],
        ["abc\n\n", "abc\n"],
        [" a\nb \n", " a\nb "],
        ["\nabc", "\nabc"],
      ] as const) {
        assert.equal(await read(given), kept, JSON.stringify(given));
      }
    });

    it("is whole when it comes in pieces that split a character", async () => {
      const bytes = Buffer.from("grün");
      assert.equal(await read(bytes.subarray(0, 3), bytes.subarray(3)), "grün");
    });

    it("is refused when it is empty", async () => {
      for (const given of [[], [""], ["\n"], ["\r\n"]]) {
        await assert.rejects(read(...given), { name: "UserError", message: /the value is empty/ });
      }
    });

    it("is taken up to GitHub's limit in bytes and refused from there", async () => {
      assert.equal((await read("a".repeat(MOST_BYTES))).length, MOST_BYTES);
      assert.equal((await read("a".repeat(MOST_BYTES), "\r\n")).length, MOST_BYTES);
      await assert.rejects(read("a".repeat(MOST_BYTES + 1)), /longer than 49152 bytes/);
      await assert.rejects(read("ü".repeat(MOST_BYTES / 2), "a"), /longer than 49152 bytes/);
    });

    it("is not waited for to its end when it has none", async () => {
      const endless = Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(65_536, "a");
        })(),
      );
      await assert.rejects(readSecretValue(undefined, endless), /longer than/);
    });

    it("is refused when it is no text, without a word of it", async () => {
      for (const bytes of [
        Buffer.concat([Buffer.from(MARK), Buffer.from([0xff])]),
        Buffer.from(`\ufeff${MARK}`, "utf16le"),
        Buffer.from(`${MARK}\0`),
      ]) {
        await assert.rejects(read(bytes), (error: Error) => {
          assert.match(error.message, /encode it, e\.g\. with base64/);
          return error.name === "UserError" && !error.message.includes(MARK);
        });
      }
    });
  });

  describe("from an environment variable", () => {
    const VARIABLE = "SLIPWAY_TEST_VALUE" as const;
    afterEach(() => delete process.env["SLIPWAY_TEST_VALUE"]);

    it("is what the variable holds", async () => {
      process.env[VARIABLE] = `${MARK}\n`;
      assert.equal(await readSecretValue(VARIABLE, chunks("other")), MARK);
    });

    it("is refused when the variable is not set, whose name may be the value by mistake", async () => {
      await assert.rejects(readSecretValue(MARK, chunks("other")), (error: Error) => {
        assert.match(error.message, /names no environment variable that is set/);
        return !error.message.includes(MARK);
      });
    });
  });

  describe("from a terminal", () => {
    it("is one line, read in the mode in which a terminal shows nothing", async () => {
      const { value, terminal, asked } = await typed(`${MARK}\r`);
      assert.equal(await value, MARK);
      assert.deepEqual(asked, [[true]]);
      assert.deepEqual(terminal.modes, [true, false]);
    });

    it("is refused when several lines are pasted, of which one alone would be kept", async () => {
      const { value, terminal } = await typed("one\rtwo\r");
      await assert.rejects(value, { name: "UserError", message: /more than one line/ });
      assert.equal(terminal.modes.at(-1), false);
    });

    it("is given up by an interrupt and by the end of the input", async () => {
      await assert.rejects((await typed("abc\u0003")).value, /nothing was changed/);
      await assert.rejects((await typed("\u0004")).value, /the value is empty/);
    });
  });
});
