import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GithubClient } from "../../../../github/client.ts";
import {
  proposeChanges,
  type ProposedChange,
  withdrawProposal,
} from "../../../../cli/pins/propose/propose-changes.ts";
import { proposalMessage } from "../../../../rules/pins/proposal-commit.ts";
import { EmulatedRepository } from "../../../support/emulated-repository.ts";
import { OWNER, REPO, REPOSITORY, TestEmulator } from "../../../local/github/test-emulator.ts";

const WORKFLOW = ".github/workflows/ci.yml";
const SCRIPT = "build_tools/deep/run.sh";
const BEFORE: Readonly<Record<string, string>> = {
  [WORKFLOW]: "image: old\n",
  [SCRIPT]: "IMAGE=old\n",
  "README.md": "# Text\n",
};
const BRANCH = "slipway/pins";

describe("a proposal on GitHub", function () {
  this.timeout(60_000); // Git is a process for each object.
  let emulator: TestEmulator;
  let repository: EmulatedRepository;
  let github: GithubClient;
  let main: string;

  beforeEach(async () => {
    emulator = new TestEmulator();
    await emulator.start();
    repository = new EmulatedRepository(emulator.octokit, REPO);
    main = (await repository.commit(BEFORE, undefined, "main")).sha;
    const permissions = { contents: "write", pull_requests: "write", workflows: "write" } as const;
    github = await clientWith(permissions);
  });
  afterEach(() => emulator.stop());

  const clientWith = async (permissions: Readonly<Record<string, "read" | "write">>) => {
    const token = await emulator.github.putToken({ login: "slipway-pins[bot]", permissions });
    return new GithubClient({ owner: OWNER, token, baseUrl: emulator.url, waitedSecond: 1 });
  };
  const change = (
    to: string,
    paths: readonly string[] = [WORKFLOW, SCRIPT],
    more: Partial<ProposedChange> = {},
  ): ProposedChange => ({
    ...{ repository: REPOSITORY, base: "main", branch: BRANCH, title: `Pin ${to}` },
    body: (parent) => `On ${parent}: ${to}`,
    message: (at) => proposalMessage(`Pin ${to}`, [], at),
    files: paths.map((path) => {
      const before = BEFORE[path] ?? "";
      return { path, before: Buffer.from(before), after: Buffer.from(before.replace("old", to)) };
    }),
    ...more,
  });
  const pull = async (number: number) =>
    (
      await emulator.octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
        ...{ ...REPO, pull_number: number },
      })
    ).data;
  const commit = async (sha: string) =>
    (
      await emulator.octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
        ...{ ...REPO, commit_sha: sha },
      })
    ).data;
  const writes = () =>
    readFileSync(emulator.logFile, "utf8")
      .split("\n")
      .filter((line) => line.includes("slipway-pins") && !line.includes('"GET"')).length;

  it("is one commit on the base with the files changed and nothing else, and a pull request", async () => {
    const proposal = await proposeChanges(github, change("new"));
    assert.deepEqual([proposal.opened, proposal.unchanged], [true, false]);
    assert.equal(await repository.branch(BRANCH), proposal.commit);
    assert.deepEqual(
      (await commit(proposal.commit)).parents.map(({ sha }) => sha),
      [main],
    );
    assert.equal(await repository.file(WORKFLOW, BRANCH), "image: new\n");
    assert.equal(await repository.file(SCRIPT, BRANCH), "IMAGE=new\n");
    assert.equal(await repository.file("README.md", BRANCH), "# Text\n");
    const opened = await pull(proposal.number);
    assert.deepEqual(
      [opened.title, opened.body, opened.base.ref, opened.head.ref, opened.changed_files],
      ["Pin new", `On ${main}: new`, "main", BRANCH, 2],
    );
    assert.equal(await repository.branch("main"), main);
  });

  it("adds a file that is not there yet, beside others that change", async () => {
    const added = ["Pins.main.yaml", "build_tools/deep/a.sh"];
    const files = [
      ...change("new").files,
      ...added.map((path) => ({ path, after: Buffer.from(`of ${path}\n`) })),
    ];
    const proposal = await proposeChanges(github, change("new", [], { files }));
    assert.equal(await repository.file(WORKFLOW, BRANCH), "image: new\n");
    assert.equal(await repository.file(SCRIPT, BRANCH), "IMAGE=new\n");
    for (const path of added) assert.equal(await repository.file(path, BRANCH), `of ${path}\n`);
    assert.equal((await pull(proposal.number)).changed_files, 4);
    const again = await proposeChanges(github, change("new", [], { files }));
    assert.deepEqual(again, { ...proposal, opened: false, unchanged: true });
  });

  for (const path of ["README.md", "build_tools", "elsewhere/new.txt", "README.md/new.txt"]) {
    it(`does not add ${path}, which is there, or whose folder is not`, async () => {
      const files = [{ path, after: Buffer.from("new") }];
      await assert.rejects(proposeChanges(github, change("new", [], { files })), {
        name: "UserError",
        message: new RegExp(`where ${path} is not as in this checkout`),
      });
      assert.equal(await repository.branch(BRANCH), undefined);
    });
  }

  it("writes nothing when all of it is there", async () => {
    const first = await proposeChanges(github, change("new"));
    const before = writes();
    const again = await proposeChanges(github, change("new"));
    assert.deepEqual(again, { ...first, opened: false, unchanged: true });
    assert.equal(writes(), before);
  });

  it("is brought up to date in its own pull request when something else is published", async () => {
    const first = await proposeChanges(github, change("new"));
    const second = await proposeChanges(github, change("newer", [SCRIPT]));
    assert.equal(second.number, first.number);
    assert.deepEqual([second.opened, second.unchanged], [false, false]);
    // One commit: what the first had proposed for the other file is no longer proposed.
    assert.deepEqual(
      (await commit(second.commit)).parents.map(({ sha }) => sha),
      [main],
    );
    assert.equal(await repository.file(WORKFLOW, BRANCH), "image: old\n");
    assert.equal((await pull(first.number)).title, "Pin newer");
  });

  it("is told anew where its text alone is another one", async () => {
    const first = await proposeChanges(github, change("new"));
    const second = await proposeChanges(github, change("new", undefined, { body: () => "More" }));
    assert.deepEqual([second.commit, second.unchanged], [first.commit, false]);
    assert.equal((await pull(first.number)).body, "More");
  });

  it("is made anew on a base that has moved", async () => {
    const first = await proposeChanges(github, change("new"));
    const { sha } = await repository.commit({ "README.md": "# Other\n" }, main, "main");
    const second = await proposeChanges(github, change("new"));
    assert.equal(second.number, first.number);
    assert.deepEqual(
      (await commit(second.commit)).parents.map((one) => one.sha),
      [sha],
    );
    assert.equal(await repository.file("README.md", BRANCH), "# Other\n");
  });

  it("is refused where the base has other files than were looked at, and names them", async () => {
    await repository.commit({ [SCRIPT]: "IMAGE=other\n", [WORKFLOW]: null }, main, "main");
    await assert.rejects(proposeChanges(github, change("new")), (error: Error) => {
      assert.match(
        error.message,
        /\.github\/workflows\/ci\.yml, build_tools\/deep\/run\.sh are not/,
      );
      assert.match(error.message, /Nothing was written/);
      return true;
    });
    assert.equal(await repository.branch(BRANCH), undefined);
    assert.equal(writes(), 0);
  });

  it("keeps the mode of a file that may be run, and refuses a link in its place", async () => {
    const tree = async (mode: "100755" | "120000") => {
      const { data } = await emulator.octokit.request("POST /repos/{owner}/{repo}/git/trees", {
        ...{ ...REPO, base_tree: main },
        tree: [{ path: SCRIPT, mode, type: "blob", content: "IMAGE=old\n" }],
      });
      const made = await emulator.octokit.request("POST /repos/{owner}/{repo}/git/commits", {
        ...{ ...REPO, message: mode, tree: data.sha, parents: [main] },
      });
      await repository.setBranch("main", made.data.sha);
    };
    await tree("100755");
    const { commit: sha } = await proposeChanges(github, change("new"));
    const { data } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
      {
        ...{ ...REPO, tree_sha: sha, recursive: "1" },
      },
    );
    assert.equal(data.tree.find(({ path }) => path === SCRIPT)?.mode, "100755");
    await tree("120000");
    await assert.rejects(
      proposeChanges(github, change("new")),
      /run\.sh is not as in this checkout/,
    );
  });

  it("overwrites no commit of anybody else, on top of its own or in its place, and says what to do", async () => {
    const { commit: own } = await proposeChanges(github, change("new"));
    const theirs = await repository.commit({ "README.md": "# Mine\n" }, own, BRANCH);
    const refused = () =>
      assert.rejects(proposeChanges(github, change("newer")), (error: Error) => {
        assert.match(error.message, /which slipway did not make: it is not overwritten/);
        assert.match(error.message, /git push origin --delete slipway\/pins/);
        return true;
      });
    await refused();
    assert.equal(await repository.branch(BRANCH), theirs.sha);
    // Somebody amended it, and left its message.
    const { message } = await commit(own);
    const amended = await repository.commit({ [SCRIPT]: "IMAGE=mine\n" }, main, BRANCH, message);
    await refused();
    assert.equal(await repository.branch(BRANCH), amended.sha);
    await repository.deleteBranch(BRANCH);
    assert.equal((await proposeChanges(github, change("newer"))).opened, true);
  });

  it("is a new pull request after one that was closed or merged", async () => {
    const first = await proposeChanges(github, change("new"));
    await emulator.octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...{ ...REPO, pull_number: first.number, state: "closed" as const },
    });
    const second = await proposeChanges(github, change("new"));
    assert.deepEqual([second.opened, second.commit], [true, first.commit]);
    assert.notEqual(second.number, first.number);
    await emulator.octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
      ...{ ...REPO, pull_number: second.number },
    });
    assert.equal(await repository.file(SCRIPT, "main"), "IMAGE=new\n");
    const next = change("newest", [SCRIPT]).files.map(({ path }) => ({
      ...{ path, before: Buffer.from("IMAGE=new\n"), after: Buffer.from("IMAGE=newest\n") },
    }));
    const third = await proposeChanges(github, change("newest", [], { files: next }));
    assert.deepEqual([third.opened, third.number > second.number], [true, true]);
  });

  it("is closed when the base has all of it, and stays where others wrote on its branch", async () => {
    const place = { repository: REPOSITORY, base: "main", branch: BRANCH };
    assert.equal(await withdrawProposal(github, place), undefined);
    const { number, commit: own } = await proposeChanges(github, change("new"));
    await repository.commit({ "README.md": "# Mine\n" }, own, BRANCH);
    await assert.rejects(withdrawProposal(github, place), /slipway did not make/);
    await repository.setBranch(BRANCH, own);
    assert.equal((await withdrawProposal(github, place))?.number, number);
    assert.equal((await pull(number)).state, "closed");
  });

  it("has one winner of two runs at the same time, and the other says so", async () => {
    for (const round of ["first", "second"]) {
      const files = [change(`${round}-one`), change(`${round}-other`)];
      const results = await Promise.allSettled(files.map((one) => proposeChanges(github, one)));
      const won = results.filter(({ status }) => status === "fulfilled");
      const lost = results.filter((one) => one.status === "rejected");
      assert.ok(won.length <= 1, "both say that the branch is theirs");
      for (const { reason } of lost) assert.match(String(reason), /was written by another run/);
      const at = await repository.branch(BRANCH);
      for (const one of won) assert.equal("value" in one && one.value.commit, at);
    }
    const { data } = await emulator.octokit.request("GET /repos/{owner}/{repo}/pulls", REPO);
    assert.equal(data.length, 1);
  });

  it("says what the token lacks: workflows, contents, pull requests", async () => {
    const without = await clientWith({ contents: "write", pull_requests: "write" });
    await assert.rejects(proposeChanges(without, change("new")), (error: Error) => {
      assert.match(error.message, /\.github\/workflows\/ci\.yml.*workflows: write/s);
      return true;
    });
    assert.equal(await repository.branch(BRANCH), undefined);
    assert.equal((await proposeChanges(without, change("new", [SCRIPT]))).opened, true);
    const reader = await clientWith({ contents: "read", pull_requests: "read" });
    await assert.rejects(
      proposeChanges(reader, change("newer", [SCRIPT])),
      (error: Error & { status?: number }) => error.status === 403,
    );
    await assert.rejects(
      proposeChanges(github, change("new", undefined, { base: "release/9" })),
      /has no branch release\/9/,
    );
  });

  it("asks again where GitHub is broken or has enough for the moment", async () => {
    const troubles = [502, 429, 503];
    let writesSeen = 0;
    const proxy = createServer((request, response) => {
      void (async () => {
        // A request is sent again before the next one meets trouble.
        const isFirst = request.method !== "GET" && writesSeen++ % 2 === 0;
        const trouble = isFirst ? troubles.shift() : undefined;
        if (trouble !== undefined) {
          response.writeHead(trouble, { "retry-after": "0" }).end("{}");
          return;
        }
        const body = Buffer.concat(await request.toArray());
        const { authorization = "" } = request.headers;
        const answer = await fetch(`${emulator.url}${request.url ?? ""}`, {
          ...{ method: request.method ?? "GET", headers: { authorization } },
          ...(body.length > 0 && { body }),
        });
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(await answer.text());
      })();
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    try {
      const { port } = proxy.address() as AddressInfo;
      const token = await emulator.github.putToken({ login: "slipway-pins[bot]" });
      const baseUrl = `http://127.0.0.1:${port}`;
      const through = new GithubClient({ owner: OWNER, token, baseUrl, waitedSecond: 1 });
      assert.equal((await proposeChanges(through, change("new"))).opened, true);
      assert.deepEqual(troubles, []);
    } finally {
      proxy.close();
      proxy.closeAllConnections();
    }
  });
});
