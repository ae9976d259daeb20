// Does not prove what GitHub answers to which token: its manual says which permission it asks for.
import assert from "node:assert/strict";
import { GithubClient } from "../../github/client.ts";
import { subjectFacts } from "../../github/subject-facts.ts";
import { useStage } from "../provider/support/github-stage.ts";

describe("how the subjects of a repository are written", () => {
  const stage = useStage();
  const client = (baseUrl: string) => new GithubClient({ owner: "pytorch", ...stage.api, baseUrl });
  /** A client for GitHub itself, whose requests go to the stage all the same. */
  const ofGithub = () => {
    const github = client("https://api.github.com/");
    const { endpoint } = client(stage.baseUrl);
    github.octokit.hook.before("request", (options) => {
      options.baseUrl = endpoint;
    });
    return github;
  };
  const isSubject = (path: string) => path.endsWith("/actions/oidc/customization/sub");

  it("is what GitHub says", async () => {
    for (const one of [client(stage.baseUrl), ofGithub()]) {
      const { immutable, customised } = await subjectFacts(one, "pytorch");
      assert.deepEqual({ immutable, customised }, { immutable: false, customised: null });
    }
  });

  it("is by names on a server that does not know the question", async () => {
    stage.fault = ({ path }) => (isSubject(path) ? { status: 404 } : undefined);
    assert.deepEqual(await subjectFacts(client(stage.baseUrl), "pytorch"), {
      immutable: false,
      customised: null,
      prefix: null,
    });
  });

  it("is nothing that GitHub itself hides from a token, whose permission is named", async () => {
    stage.fault = ({ path }) => (isSubject(path) ? { status: 404 } : undefined);
    await assert.rejects(subjectFacts(ofGithub(), "pytorch"), {
      name: "UserError",
      message:
        /^pytorch\/pytorch: GitHub does not tell this token .* needs to read Actions of the repository/,
    });
  });

  it("is nothing in an answer that says nothing of it", async () => {
    for (const body of [{}, { use_default: "yes" }, { message: "welcome" }]) {
      stage.fault = ({ path }) => (isSubject(path) ? { status: 200, body } : undefined);
      for (const one of [client(stage.baseUrl), ofGithub()]) {
        await assert.rejects(subjectFacts(one, "pytorch"), {
          name: "UserError",
          message:
            /says nothing of use_default; look there by hand: gh api repos\/pytorch\/pytorch/,
        });
      }
    }
  });
});
