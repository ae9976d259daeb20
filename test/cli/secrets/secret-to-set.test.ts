import assert from "node:assert/strict";
import { secretToSet } from "../../../cli/secrets/secret-to-set.ts";
import type { Configuration } from "../../../rules/configuration.ts";

const declared = (source: Configuration["secrets"][string][string]["source"]) => ({
  ...{ owner: "ci-infra", purpose: "Pushes.", users: ["build.yml"], expires: "never" },
  source,
});
const configuration = {
  secrets: {
    "docker-build": { KEY: declared("sealed"), TOKEN: declared({ config: "token" }) },
    "docker-deploy": { KEY: declared("sealed"), APP: declared("sealed") },
  },
};

function choose(name: string, environment?: string) {
  const choice = { stack: "main", name, ...(environment !== undefined && { environment }) };
  const { environment: chosen } = secretToSet(configuration, choice);
  return chosen;
}

describe("the secret that a value is set for", () => {
  it("is the one of its name, or of its name and environment", () => {
    assert.equal(choose("APP"), "docker-deploy");
    assert.equal(choose("KEY", "docker-build"), "docker-build");
  });

  it("has to be told apart where several environments have it", () => {
    assert.throws(() => choose("KEY"), /with --environment: docker-build, docker-deploy$/);
  });

  it("has to be declared, and the error shows how", () => {
    assert.throws(
      () => choose("APPS"),
      /^UserError: APPS is not declared \(did you mean "APP"\?\); declare it .*:\n {2}slipway:secrets:\n {4}docker-build:\n {6}APPS:\n(?: {8}.*\n)+ {8}source: sealed$/,
    );
    assert.throws(
      () => choose("APP", "docker-build"),
      /APP is not declared in environment docker-build \(it is in docker-deploy\)/,
    );
  });

  it("is shown declared where it is wanted, for a workflow that there is", () => {
    const shown = (name: string, environment?: string): string => {
      try {
        return choose(name, environment);
      } catch (error) {
        return (
          /secrets:\n *(\S+):\n.*users: (\[\S+\])/s.exec(String(error))?.slice(1).join(" ") ?? ""
        );
      }
    };
    assert.equal(shown("OTHER"), "docker-build [up.yml]");
    assert.equal(shown("OTHER", "docker-stage"), "docker-stage [up.yml]");
    assert.equal(shown("OTHER", "docker-drift"), "docker-drift [drift.yml]");
    assert.equal(shown("SLIPWAY_APP_KEY"), "docker-deploy [up.yml]");
    assert.equal(shown("SLIPWAY_DRIFT_APP_KEY"), "docker-drift [drift.yml]");
  });

  it("has to come from a sealed value; the error says where it comes from", () => {
    assert.throws(
      () => choose("TOKEN"),
      /pulumi config set --secret slipway:token --stack main; or declare it with source: sealed/,
    );
  });

  it("is not repeated where it is no name, because it may be the value", () => {
    for (const value of ["ghp_hunter2", "TOKEN=hunter2", "hunter2 hunter2"]) {
      assert.throws(
        () => choose(value),
        (error: Error) =>
          error.name === "UserError" &&
          error.message.includes("a value is never an argument") &&
          !error.message.includes("hunter2"),
      );
    }
  });
});
