import assert from "node:assert/strict";
import { ecrHost, parseEcrHost } from "../../rules/aws-partition.ts";

describe("the host of an account's registry", () => {
  it("tells the account and the region, in every partition", () => {
    for (const region of ["us-east-1", "cn-north-1", "us-gov-west-1"]) {
      const accountId = "308535385114";
      assert.deepEqual(parseEcrHost(ecrHost(accountId, region)), { accountId, region });
    }
  });

  it("is no other host, however much it looks like one", () => {
    for (const host of [
      "ghcr.io",
      "public.ecr.aws",
      "localhost:34002",
      "308535385114.dkr.ecr.us-east-1.amazonaws.com.evil.io",
      "evil.io.dkr.ecr.us-east-1.amazonaws.com",
      "30853538511.dkr.ecr.us-east-1.amazonaws.com",
    ]) {
      assert.equal(parseEcrHost(host), undefined, host);
    }
  });
});
