/* Which folder a command of the cache is about. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Command } from "commander";
import { storeFolder, storeOption } from "../../../cli/cache/store-option.ts";
import { callerFolder } from "../../../cli/project-root.ts";

const VARIABLE = "SLIPWAY_CACHE_STORE";

describe("the folder of kept images", () => {
  const before = process.env[VARIABLE];
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, VARIABLE);
    else process.env[VARIABLE] = before;
  });

  const parsed = (...args: string[]) =>
    new Command()
      .addOption(storeOption())
      .parse(args, { from: "user" })
      .opts<{ readonly store?: string }>().store;

  it("is the option's, else the machine's own", () => {
    process.env[VARIABLE] = "/var/machine";
    assert.equal(parsed(), "/var/machine");
    assert.equal(parsed("--store", "/var/option"), "/var/option");
  });

  it("is relative to the caller's folder", () => {
    assert.equal(storeFolder("images"), join(callerFolder(), "images"));
    assert.equal(storeFolder("/var/images"), "/var/images");
  });

  it("is asked for where none is named", () => {
    assert.throws(
      () => storeFolder(undefined),
      /no store is named; write --store and .* set SLIPWAY_CACHE_STORE$/,
    );
    assert.throws(() => storeFolder(""), /--store is empty; write --store/);
  });
});
