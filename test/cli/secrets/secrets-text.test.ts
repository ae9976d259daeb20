import assert from "node:assert/strict";
import { secretsText } from "../../../cli/print/secrets-text.ts";
import type { SecretsReport } from "../../../cli/secrets/show-secrets.ts";
import { secretInventory } from "../../../rules/secret-inventory.ts";

const REPORT: SecretsReport = {
  ...{ stack: "main", repository: "pytorch/pytorch", removed: [] },
  ...secretInventory({
    ...{
      stack: "main",
      environments: ["docker-build", "gpu"],
      sealed: {},
      clear: [],
      variables: {},
    },
    today: "2026-11-21",
    secrets: [
      {
        ...{ environment: "docker-build", name: "DOCKER_ID", owner: "ci-infra" },
        purpose: "The account on docker.io that images are pushed as.",
        ...{ users: ["build.yml"], expires: "never", source: { config: "dockerId" } },
      },
      {
        ...{ environment: "docker-build", name: "DOCKER_TOKEN", owner: "ci-infra" },
        purpose:
          "The access token of that account, which may read, write and delete nothing but the repositories that it is for.",
        ...{ users: ["build.yml"], expires: "2026-11-20", source: { variable: "TOKEN" } },
      },
      {
        ...{ environment: "gpu", name: "KEY", owner: "bob", purpose: "Uploads." },
        ...{ users: ["gpu.yml"], expires: "2026-12-01", source: "sealed" },
      },
    ],
    found: {
      environments: {
        "docker-build": {
          keyId: "1",
          secrets: [
            { name: "DOCKER_ID", updatedAt: "2026-11-21T01:00:00Z" },
            { name: "DOCKER_TOKEN", updatedAt: "2026-11-20T01:00:00Z" },
          ],
          variables: [{ name: "STRAY", updatedAt: "2026-11-20T01:00:00Z" }],
        },
      },
      repository: { secrets: [], variables: [] },
    },
    uses: {
      uses: [
        {
          ...{ file: "build.yml", job: "build", name: "DOCKER_ID", handed: false },
          environments: ["docker-build"],
        },
      ],
      ...{ inherits: [], inActions: [], unreadable: [] },
    },
  }),
};

describe("the inventory of secrets for people", () => {
  it("groups secrets by environment and tells what to do about each finding", () => {
    assert.equal(
      secretsText(REPORT),
      `Secrets of stack main (pytorch/pytorch)

  secret        owner     source            on GitHub    works until
docker-build
  DOCKER_ID     ci-infra  slipway:dockerId  since today  never ends
      The account on docker.io that images are pushed as. Read by build.yml.
  DOCKER_TOKEN  ci-infra  $TOKEN            for 1 day    2026-11-20 (over)
      The access token of that account, which may read, write and delete nothing but the
      repositories that it is for. Read by no workflow.
gpu
  KEY           bob       sealed            missing      2026-12-01 (10 days)
      Uploads. Read by no workflow.

Faults
  docker-build/DOCKER_TOKEN: worked until 2026-11-20, a day ago
      -> ci-infra renews it; put in the new value and its last day: slipway up --stack main with the new value in TOKEN
  gpu/KEY: Pulumi.main.yaml has no sealed value
      -> slipway secrets set KEY --environment gpu --stack main

Warnings
  docker-build/DOCKER_TOKEN: no workflow reads it in its environment
      -> take the declaration out, or use it
  gpu/KEY: works until 2026-12-01, 10 days from now
      -> bob renews it; put in the new value and its last day: slipway secrets set KEY --environment gpu --stack main
  gpu/KEY: no workflow reads it in its environment
      -> take the declaration out, or use it
  docker-build/STRAY: a variable that nobody declared
      -> declare it, or remove it: slipway secrets --remove-strays --stack main`,
    );
  });

  it("says so where nothing is declared, and where there is nothing to see to", () => {
    const text = secretsText({ ...REPORT, secrets: [], findings: [] });
    assert.equal(
      text,
      "Secrets of stack main (pytorch/pytorch): none is declared\n\nNothing to see to.",
    );
  });
});
