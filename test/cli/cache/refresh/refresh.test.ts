/* What a refresh looks at first. */
import { writeFile } from "node:fs/promises";
import assert from "node:assert/strict";
import { join } from "node:path";
import { refreshAndReport } from "../../../../cli/cache/refresh/refresh.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

describe("a refresh of what cannot be written", () => {
  it("says so before it looks for a stack, a cloud or a registry", async () => {
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, "file");
      await writeFile(file, "");
      const options = { stack: "no-such-stack", reserve: 0, json: true };
      await assert.rejects(refreshAndReport({ ...options, store: file }), /is a file; name a/);
      await assert.rejects(
        refreshAndReport({ ...options, store: join(folder, "disk", "store") }),
        /mount its disk/,
      );
      const none = join(folder, "none");
      await assert.rejects(refreshAndReport({ ...options, store: none }), /no-such-stack/);
    });
  });
});
