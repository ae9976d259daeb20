import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { candidatesComment, isCandidatesComment } from "../../../rules/pins/candidates-comment.ts";
import { fencedText } from "../../../rules/pins/fenced-text.ts";
import { blobHash, treeHash } from "../../../rules/pins/git-objects.ts";
import { proposalBody, type ProposedMove, proposalTitle } from "../../../rules/pins/proposal.ts";
import {
  commitOfImage,
  isOwnCommit,
  proposalMessage,
} from "../../../rules/pins/proposal-commit.ts";

const OLD = `sha256:${"a".repeat(64)}`;
const NEW = `sha256:${"b".repeat(64)}`;
const [FROM, TO] = ["1".repeat(40), "2".repeat(40)];
const BLOBS = "https://github.com/ROCm/TheRock/blob/main";
const move = (more: Partial<ProposedMove> = {}): ProposedMove => ({
  ...{
    image: "tools/cuda12.8",
    from: [{ digest: OLD, size: 1000 }],
    to: { digest: NEW, size: 900 },
  },
  places: [{ file: "docs/a b.md", line: 7 }],
  users: [],
  source: { from: FROM, to: TO, diff: "-RUN old\n+RUN new\n" },
  ...more,
});

describe("the text of a proposal", () => {
  it("has both digests, the sizes, the places as links and what changed", () => {
    const body = proposalBody({ moves: [move()], left: [], blobs: BLOBS });
    for (const part of [
      `| \`tools/cuda12.8\` | \`${OLD}\` | \`${NEW}\` | 1.0 kB → 900 B (−100 B) |`,
      `[\`docs/a b.md:7\`](${BLOBS}/docs/a%20b.md?plain=1#L7)`,
      "```diff\n-RUN old\n+RUN new\n```",
      "Between `111111111111` and `222222222222`.",
    ]) {
      assert.ok(body.includes(part), `${part}\nin\n${body}`);
    }
  });

  it("says what is not known, and what is left", () => {
    const body = proposalBody({
      moves: [move({ from: [{ digest: OLD }], source: { unknown: "nobody tells" } })],
      left: [{ file: "ci.yml", line: 3, why: "held until 2027-01-01 because <!-- x" }],
      blobs: BLOBS,
    });
    assert.ok(body.includes("900 B (before: not known)"));
    assert.ok(body.includes("What changed in what it is built from: nobody tells."));
    assert.ok(
      body.includes("`ci.yml:3`") && body.includes("`held until 2027-01-01 because <!-- x`"),
    );
    const same = proposalBody({
      ...{ moves: [move({ source: { from: FROM, to: TO, diff: "" } })], left: [], blobs: BLOBS },
    });
    assert.ok(same.includes("Nothing changed in its folder between"));
  });

  it("says in a line of each image who else has what it moves from", () => {
    const [mine, others] = [["ROCm/a@main", "ROCm/b@release/1"], ["ROCm/c@main"]];
    const moves = [move({ users: mine }), move({ users: others }), move()];
    const body = proposalBody({ moves, left: [], blobs: BLOBS });
    const lines = body.split("\n").filter((line) => line.includes("pinned elsewhere"));
    assert.deepEqual(lines, [
      "What it moves from is pinned elsewhere, too, and stays there: `ROCm/a@main`, `ROCm/b@release/1`.",
      "What it moves from is pinned elsewhere, too, and stays there: `ROCm/c@main`.",
    ]);
  });

  it("says that dates change where nothing else does, and has no table then", () => {
    assert.equal(proposalTitle([]), "Mend the dates beside pins");
    const left = [{ file: "ci.yml", line: 3, why: "held" }];
    const body = proposalBody({ moves: [], left, blobs: BLOBS });
    assert.match(body, /^The dates beside these pins .* every digest stays\.$/m);
    assert.doesNotMatch(body, /\| --- \||what was published last/);
    assert.match(body, /`ci\.yml:3`/);
  });

  it("says of a candidate that is published that it is the same", () => {
    const same = { digest: NEW };
    const body = proposalBody({ moves: [move({ from: [same] })], left: [], blobs: BLOBS });
    assert.ok(body.includes(`| its candidate, the same | \`${NEW}\` | 900 B |`), body);
  });

  it("fits GitHub however much there is, and whatever anybody called their files", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    const place = fc.record({ file: text, line: fc.nat() });
    const wide = fc.record({
      image: text,
      from: fc.array(fc.record({ digest: fc.constant(OLD) }), { minLength: 1, maxLength: 3 }),
      to: fc.constant({ digest: NEW }),
      places: fc.array(place, { maxLength: 250 }),
      users: fc.array(text, { maxLength: 250 }),
      source: fc.record({
        from: text,
        to: text,
        diff: fc.string({ unit: "binary", maxLength: 3000 }),
      }),
    });
    const all = fc.record({ moves: fc.array(wide, { maxLength: 12 }), times: fc.nat(40) });
    fc.assert(
      fc.property(all, ({ moves, times }) => {
        const many = Array.from({ length: times }, () => moves).flat();
        const body = proposalBody({ moves: many, left: [], blobs: BLOBS });
        assert.ok(Array.from(body).length <= 65_536);
        assert.ok(!body.includes("\r"));
      }),
      { numRuns: 20 },
    );
    const huge = move({ source: { from: FROM, to: TO, diff: "+x `code` ```\n".repeat(10_000) } });
    const body = proposalBody({ moves: [huge], left: [], blobs: BLOBS });
    assert.ok(body.includes("The rest is not shown.") && body.includes("````diff\n"));
    const places = Array.from({ length: 20_000 }, (_, line) => ({ file: "f", line }));
    assert.match(
      proposalBody({ moves: [move({ places })], left: [], blobs: BLOBS }),
      /- and \d+ more/,
    );
    const thousands = Array.from({ length: 2000 }, () => move());
    assert.match(proposalBody({ moves: thousands, left: [], blobs: BLOBS }), /^2000 images move/);
  });

  it("lets nothing out of a block of code", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("`", "\n", "a", "~", "\r", "\u202e") }),
        (text) => {
          const { text: block } = fencedText(text, "diff", 10_000);
          const lines = block.split("\n");
          const fence = /^`+/.exec(lines[0] ?? "")?.[0] ?? "";
          const ends = lines.flatMap((line, at) => (at > 0 && line.startsWith(fence) ? [at] : []));
          assert.deepEqual(ends, [lines.length - 1]);
          assert.ok(!block.includes("\u202e"));
        },
      ),
    );
  });

  it("has a short title, whatever moves", () => {
    assert.equal(proposalTitle(["a/b"]), "Pin a/b to what was published last");
    assert.equal(proposalTitle(["a", "b", "c"]), "Pin a and 2 more to what was published last");
    assert.ok(proposalTitle(["x".repeat(500)]).length <= 256);
  });
});

describe("the commit of a proposal", () => {
  const at = { tree: "3".repeat(40), parent: FROM };
  const images = [
    { image: "tools/cpu", digest: NEW, commit: TO },
    { image: "other", digest: OLD },
  ];
  const message = proposalMessage("Pin them", images, at);

  it("is known again until anybody changes its files, its parent or its message", () => {
    const own = { tree: at.tree, parents: [at.parent], message };
    assert.equal(isOwnCommit(own), true);
    assert.equal(isOwnCommit({ ...own, message: `${message}\n` }), true);
    assert.equal(isOwnCommit({ ...own, tree: "4".repeat(40) }), false);
    assert.equal(isOwnCommit({ ...own, parents: [TO] }), false);
    assert.equal(isOwnCommit({ ...own, parents: [FROM, TO] }), false);
    assert.equal(isOwnCommit({ ...own, message: "Pin them" }), false);
  });

  it("names the commit of each image, for the next one", () => {
    assert.equal(commitOfImage(message, { image: "tools/cpu", digest: NEW }), TO);
    assert.equal(commitOfImage(message, { image: "tools/cpu", digest: OLD }), undefined);
    assert.equal(commitOfImage(message, { image: "other", digest: OLD }), undefined);
  });
});

describe("hashes of git", () => {
  it("are those that git gives files and folders", () => {
    const git = (args: readonly string[], input: string) =>
      execFileSync("git", args, { input, encoding: "utf8" }).trim();
    const content = "a\r\nb\0ü";
    assert.equal(blobHash(Buffer.from(content)), git(["hash-object", "--stdin"], content));
    const sha = blobHash(Buffer.from(""));
    // A folder is sorted as if a slash ended its name.
    const entries = [
      { mode: "100644", name: "a", sha },
      { mode: "040000", name: "a-b", sha: treeHash([]) },
      { mode: "040000", name: "a", sha: treeHash([]) },
      { mode: "100755", name: "a.txt", sha },
      { mode: "160000", name: "ü", sha: FROM },
    ].filter(({ name, mode }) => name !== "a" || mode === "040000");
    const lines = entries.map(({ mode, name, sha: of }) => {
      const type = { "040000": "tree", "160000": "commit" }[mode] ?? "blob";
      return `${mode} ${type} ${of}\t${name}\n`;
    });
    const repository = ["-c", "core.quotePath=false"];
    assert.equal(treeHash(entries), git([...repository, "mktree", "--missing"], lines.join("")));
  });
});

describe("the comment for a pull request from a fork", () => {
  it("says what to run, and is known again", () => {
    const comment = candidatesComment(
      [{ image: "tools/cpu", reference: `ghcr.io/rocm/tools-candidate@${NEW}` }],
      "is in a fork",
    );
    assert.match(comment, / Its branch is in a fork, so that Slipway does not write it: /);
    const command = `npm run -s slipway -- pins bump tools/cpu --to ghcr.io/rocm/tools-candidate@${NEW}`;
    assert.ok(comment.includes(`\n\`\`\`sh\n${command}\n\`\`\``));
    assert.equal(isCandidatesComment(comment), true);
    assert.equal(isCandidatesComment(`Look: ${comment}`), false);
  });
});
