import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanComment, driftBody, newTroublesComment } from "../../rules/drift-markdown.ts";
import { hostileText, nodesOf, outline, parse } from "./support/markdown.ts";
import { FINDING, newsOf, randomLooks, RUN } from "./support/drift-reports.ts";

/** GitHub's limit, in characters. */
const LONGEST = 65_536;

describe("the issue on drift", () => {
  it("says what was found, what could not be asked, and what is new", () => {
    const body = driftBody(
      newsOf({
        preview: { findings: [{ subject: "push-role", message: "up would update this role" }] },
        secrets: { findings: [FINDING], unasked: ["no answer"] },
        bases: { notes: [{ subject: "ci-image/noble", message: "moved" }] },
        retention: {},
      }),
    );
    for (const line of [
      "<!-- slipway drift -->",
      "| preview | **1 found** |",
      "| secrets | **1 found**, **1 could not be asked** |",
      "| bases | ok |",
      "| retention | ok |",
      "## Found: preview",
      "- `push-role`: `up would update this role`",
      "- `docker-build/DOCKER_TOKEN`: `worked until 2026-11-20, 1 day ago`; `slipway secrets set DOCKER_TOKEN --stack main`",
      "## Could not be asked: secrets",
      "- `no answer`",
      "## News: bases",
    ]) {
      assert.ok(body.split("\n").includes(line), `${line}\nis not in\n${body}`);
    }
    assert.match(
      body,
      /\n\nWhat \[this run\]\(.*\/4711\) saw at `2026-11-21T04:23:00.000Z` of stack `main`/,
    );
  });

  it("says that nobody knows, where the look wrote no report", () => {
    const body = driftBody(newsOf({}, { found: { absent: "there is no file" } }));
    assert.match(body, /\*\*Nobody knows: .*`there is no file`.*\[Its run\]\(https:.*\/4711\)/);
    assert.doesNotMatch(body, /laptop|^\|/m);
  });

  it("says that the job failed after a clean look, and names the build that failed", () => {
    const failedBuild = { result: "failure", runUrl: `${RUN}0` } as const;
    const body = driftBody(newsOf({ preview: {} }, { failedBuild }));
    assert.match(body, /^\| the job itself \| ended as failure, /m);
    assert.match(body, /^The last build of .* real base \*\*failed\*\*: \[run\]\(.*\/47110\)\. /m);
    const cancelled = { ...failedBuild, result: "cancelled" } as const;
    assert.match(driftBody(newsOf({}, { failedBuild: cancelled })), /\*\*did not end\*\*/);
  });

  it("is of the same kinds of Markdown, whatever the texts of the report", () => {
    const plain = (looks: typeof randomLooks extends fc.Arbitrary<infer L> ? L : never) =>
      Object.fromEntries(
        Object.entries(looks).map(([check, { findings = [], notes = [], unasked = [] }]) => {
          const same = (list: typeof findings) =>
            list.map(({ remedy }) => ({
              ...{ subject: "a", message: "b" },
              ...(remedy !== undefined && { remedy: "c" }),
            }));
          return [
            check,
            { findings: same(findings), notes: same(notes), unasked: unasked.map(() => "d") },
          ];
        }),
      );
    // What is remembered are fingerprints of the texts.
    const shape = (body: string) => outline(body.slice(body.indexOf("-->\n\n")));
    fc.assert(
      fc.property(randomLooks, (looks) => {
        assert.deepEqual(shape(driftBody(newsOf(looks))), shape(driftBody(newsOf(plain(looks)))));
      }),
    );
  });

  it("fits, with whole lines and a count of those that are left out", () => {
    const wide = { subject: "|".repeat(200), message: "|".repeat(600), remedy: "|".repeat(600) };
    const findings = Array.from({ length: 200 }, () => wide);
    const body = driftBody(newsOf({ preview: { findings }, secrets: { findings } }));
    assert.ok(body.length < LONGEST);
    assert.match(body, /^\*\d+ more, left out here\.\*$/m);
    for (const line of body.split("\n").filter((one) => one.startsWith("- "))) {
      assert.match(line, /^- `.*`: `.*`; `.*`$/);
    }
  });
});

describe("the comments on the issue on drift", () => {
  it("name what is new, ten at most, as code and nothing else", () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 14 }), (troubles) => {
        const nodes = nodesOf(parse(newTroublesComment(troubles, RUN)));
        const items = nodes.filter(({ type }) => type === "listItem");
        assert.equal(items.length, Math.min(troubles.length, 11));
        assert.equal(nodes.filter(({ type }) => type === "link").length, 1);
        assert.ok(!nodes.some(({ type }) => type === "html" || type === "image"));
      }),
    );
  });

  it("say that all is clean, and which run saw it", () => {
    assert.match(cleanComment(RUN), /\[run\]\(https:\/\/.*\/4711\)/);
  });
});
