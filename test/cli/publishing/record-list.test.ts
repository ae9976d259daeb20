/* What becomes of the list at the end of a record; what else stands in it: test/integration/cli/record.test.ts. */
import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import { type ImageOutcome, writeList } from "../../../cli/publishing/record-list.ts";
import { recordingLines } from "../../../cli/publishing/record-report.ts";
import { readConfiguration } from "../../../rules/configuration.ts";
import type { ImageEntry, ImageList } from "../../../rules/image-list.ts";

const [FIRST, SECOND, THIRD] = ["1", "2", "3"].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
];
const RUN = {
  event: "push",
  ref: "refs/heads/main",
  commit: SECOND,
  repository: "pytorch/pytorch",
};
const entry = (commit: string): ImageEntry => ({
  digest: `sha256:${commit.slice(0, 1).repeat(64)}`,
  contentName: "cpu-k",
  commit,
  ...{ platforms: ["linux/amd64"], references: {}, names: [] },
});
const list = (commit: string): ImageList => ({
  ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: RUN.ref, commit },
  families: { builder: { images: { cpu: entry(commit), cuda: entry(commit) } } },
});
const OUTCOMES: readonly ImageOutcome[] = [
  {
    ...{ label: "builder/cpu", family: "builder", accelerator: "cpu" },
    findings: [],
    entry: entry(SECOND),
  },
  { ...{ label: "builder/cuda", family: "builder", accelerator: "cuda" }, findings: ["it broke"] },
];

/** The end of a run for the second commit that finds this commit's list at its last look. */
async function end(last: string | undefined) {
  const read = readConfiguration({
    "slipway:owner": "pytorch",
    "slipway:repository": "pytorch",
    "slipway:families": '["builder"]',
  });
  assert.ok("configuration" in read);
  const images = [{ accelerator: "cpu" }, { accelerator: "cuda" }];
  const stack = {
    configuration: read.configuration,
    // Only what is asked of families here.
    families: [{ name: "builder", images }] as unknown as Family[],
  };
  const written: ImageList[] = [];
  const listed = await writeList(stack, RUN, "main", OUTCOMES, {
    history: { isOlder: (commit, published) => Promise.resolve(commit < published) },
    tag: {
      name: "ghcr.io/pytorch/slipway-images:main",
      read: () => Promise.resolve(last === undefined ? undefined : list(last)),
      write: (one) => Promise.resolve(void written.push(one)),
    },
  });
  const lines = [
    ...recordingLines({ run: RUN, channel: "main", notes: [], ...listed }, "out.json"),
  ];
  return { listed, written, text: lines.join("\n") };
}

describe("the list at the end of a record", () => {
  it("is written with what the last list says of an image that failed", async () => {
    const { listed, written, text } = await end(FIRST);
    assert.deepEqual(written, [listed.list]);
    assert.equal(listed.list?.commit, SECOND);
    assert.deepEqual(
      listed.images.map((image) => image.entry?.commit),
      [SECOND, FIRST],
    );
    assert.match(text, /out\.json has the list/);
  });

  it("stays that of a later commit that was recorded meanwhile, and the outcomes are told", async () => {
    const { listed, written, text } = await end(THIRD);
    assert.deepEqual(written, []);
    assert.equal(listed.list, undefined);
    assert.equal(listed.changed, false);
    assert.deepEqual(listed.images, OUTCOMES);
    assert.match(text, /builder\/cpu .* recorded$/m);
    assert.match(text, /builder\/cuda .*not recorded$/m);
    assert.match(text, /^! builder\/cuda: it broke$/m);
    assert.match(
      text,
      new RegExp(
        `^! channel main was recorded for the later commit ${THIRD} while this run recorded ${SECOND}: .* slipway up from ${THIRD} puts them right$`,
        "m",
      ),
    );
    assert.doesNotMatch(text, /has the list/);
  });
});
