import assert from "node:assert/strict";
import { layerProblem } from "../../rules/layer-limits.ts";

const digest = `sha256:${"1".repeat(64)}`;
const takes = (host: string, size: number): boolean =>
  layerProblem(host, { digest, size }) === undefined;

describe("a registry's limit of a layer", () => {
  it("is 10 GB on ghcr.io", () => {
    assert.ok(takes("ghcr.io", 10_000_000_000));
    assert.equal(
      layerProblem("ghcr.io", { digest, size: 10_000_000_001 }),
      `layer ${digest} has 10000000001 bytes (10.0 GB), and ghcr.io takes at most 10 GB a layer; ` +
        "split the RUN or COPY that makes it into several, or remove what the step leaves behind in the same RUN",
    );
  });

  it("is 52,000 MiB on ECR, in every region", () => {
    const most = 52_000 * 1024 * 1024;
    for (const host of [
      "123456789012.dkr.ecr.us-east-1.amazonaws.com",
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
      "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
    ]) {
      assert.ok(takes(host, most), host);
      assert.ok(!takes(host, most + 1), host);
    }
  });

  it("is not known of others, nor of hosts that only look alike", () => {
    for (const host of ["docker.io", "localhost:5000", "ghcr.io.example.com", "x-ghcr.io"]) {
      assert.ok(takes(host, 10 ** 15), host);
    }
  });
});
