import assert from "node:assert/strict";
import { howToShow } from "../../../cli/snapshot/public-package.ts";

describe("how to show a snapshot to everybody", () => {
  it("leads to the package's settings on ghcr.io", () => {
    const text = howToShow("ghcr.io/pytorch/slipway-snapshot:main");
    assert.match(
      text,
      /^ghcr\.io does not show ghcr\.io\/pytorch\/slipway-snapshot:main without a login/,
    );
    assert.match(
      text,
      /https:\/\/github\.com\/orgs\/pytorch\/packages\/container\/slipway-snapshot\/settings/,
    );
  });

  it("names the repository elsewhere", () => {
    const text = howToShow("docker.io/pytorch/slipway-snapshot:release-2.10");
    assert.match(text, /let everybody pull from docker\.io\/pytorch\/slipway-snapshot$/);
  });
});
