// Stand-ins take the place of bases: what rpm and getconf say here, they say by files of the stand-in.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractSource } from "../../../cli/contract-source.ts";
import { goTool } from "../../../local/go-tools.ts";
import { withDockerConfig } from "../../../local/providers/docker-build/docker-config.ts";
import {
  type BuildSource,
  pushByDigest,
} from "../../../local/providers/docker-build/buildctl-arguments.ts";
import { runBuildctl } from "../../../local/providers/docker-build/run-buildctl.ts";
import type { ImageContract } from "../../../rules/image-contract.ts";
import { UserError } from "../../../rules/problems.ts";
import { withCloud } from "../../support/cloud.ts";

const PROJECT = join(import.meta.dirname, "../../..");
const platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";

describe("the contract of an image", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  const printed: string[] = [];
  before(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-contract-"))));
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => (printed.length = 0));

  async function run(source: BuildSource, outputs: readonly string[]): Promise<unknown> {
    const { host: address, username, password } = cloud().registries["ghcr.io"];
    const buildctl = await goTool("buildctl");
    return withDockerConfig([{ address, username, password }], (dockerConfig) =>
      runBuildctl(buildctl, "it", source, {
        folder: PROJECT,
        address: cloud().buildkit.address,
        outputs,
        dockerConfig,
        print: (line) => printed.push(line),
      }),
    );
  }

  /** Pushes an image of some lines on the base stand-in; gives its reference by digest. */
  async function image(...lines: readonly string[]): Promise<string> {
    const context = join(folder, "image");
    await mkdir(context, { recursive: true });
    await writeFile(join(context, "Dockerfile"), ["FROM base", ...lines].join("\n"));
    const repository = `${cloud().registries["ghcr.io"].host}/test/contract`;
    const metadata = await run(
      {
        context: { location: context, named: { base: { location: cloud().standIns.base } } },
        buildArgs: {},
        platforms: [platform],
      },
      [
        pushByDigest({
          names: [repository],
          push: true,
          pushByDigest: true,
          nameCanonical: true,
          ociMediaTypes: true,
        }),
      ],
    );
    const { "containerimage.digest": digest } = metadata as { "containerimage.digest": string };
    return `${repository}@${digest}`;
  }

  const check = (contract: ImageContract, reference: string) =>
    run(contractSource(contract, { reference, platform }), []);

  /** The lines that tell of breaches. */
  async function breaches(contract: ImageContract, reference: string): Promise<string[]> {
    try {
      await check(contract, reference);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      const found = error.message.split("\n").flatMap((line) => {
        return /^ {2}\| (breach of .*)$/.exec(line)?.[1] ?? [];
      });
      assert.ok(found.length > 0, error.message);
      assert.match(error.message, new RegExp(`\\| ${found.length} in all; the rules are under`));
      return found;
    }
    return [];
  }

  const packages = (...names: readonly string[]) =>
    `RUN touch ${names.map((name) => `/usr/share/packages/${name}`).join(" ")}`;

  it("is kept by an image that holds what it must and nothing that it must not", async () => {
    const reference = await image(
      packages("zlib-devel", "bash"),
      "RUN mkdir -p /opt/tools && cp /usr/bin/getconf /opt/tools/cmake && mkdir /opt/rocket",
      "ENV PATH=/opt/tools:${PATH}",
      "USER 1000",
    );
    await check(
      {
        glibcAtMost: "2.28",
        absentPackages: { patterns: ["*-devel", "rocm*"], except: ["glibc-devel", "zlib-*"] },
        absentPaths: ["/opt/rocm*", "/nowhere/*"],
        tools: ["sh", "cmake"],
      },
      reference,
    );
    assert.ok(printed.includes("  | the contract is kept"), printed.join("\n"));
  });

  it("tells every breach at once: the rule, what was found, and what may not be", async () => {
    const reference = await image(
      packages("zlib-devel", "glibc-devel", "rocm-core"),
      "RUN mkdir /opt && mkdir /opt/rocm-7.0 && ln -s nowhere /opt/rocm",
      "USER 1000",
    );
    assert.deepEqual(
      await breaches(
        {
          glibcAtMost: "2.17",
          absentPackages: { patterns: ["*-devel", "rocm*"], except: ["glibc-*"] },
          absentPaths: ["/opt/rocm*", "/root"],
          tools: ["sh", "ninja"],
        },
        reference,
      ),
      [
        "breach of glibcAtMost: glibc is 2.28, and 2.17 is the most",
        "breach of absentPackages: installed, though *-devel must not be: zlib-devel",
        "breach of absentPackages: installed, though rocm* must not be: rocm-core",
        "breach of absentPaths: there, though /opt/rocm* must not be: /opt/rocm, /opt/rocm-7.0",
        "breach of absentPaths: there, though /root must not be: /root",
        "breach of tools: ninja is not on PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)",
      ],
    );
  });

  it("is broken by a rule that cannot be checked", async () => {
    const reference = await image("RUN rm /usr/bin/rpm /usr/bin/getconf");
    const found = await breaches(
      { glibcAtMost: "2.28", absentPackages: { patterns: ["x"], except: [] } },
      reference,
    );
    assert.equal(found.length, 2);
    assert.match(found[0]!, /^breach of glibcAtMost: cannot be checked: getconf/);
    assert.equal(
      found[1],
      "breach of absentPackages: cannot be checked: neither rpm nor dpkg-query tells what is installed",
    );
  });

  it("is broken where the package database is empty or its program fails", async () => {
    const contract = { absentPackages: { patterns: ["x"], except: [] } };
    for (const line of [
      "RUN printf '#!/bin/sh\\n' > /usr/bin/rpm",
      "RUN printf '#!/bin/sh\\necho a\\nexit 1\\n' > /usr/bin/rpm",
    ]) {
      assert.equal((await breaches(contract, await image(line))).length, 1, line);
    }
  });

  it("counts what dpkg has half installed, and not what it removed", async () => {
    const states = [
      "installed a",
      "half-configured rocm-dev",
      "config-files rocm-old",
      "not-installed x",
    ];
    const lines = ["#!/bin/sh", ...states.map((state) => `echo ${state}`), ""];
    const program = "/usr/bin/dpkg-query";
    const reference = await image(
      `RUN rm /usr/bin/rpm && printf '${lines.join("\\n")}' > ${program} && chmod +x ${program}`,
    );
    assert.deepEqual(
      await breaches({ absentPackages: { patterns: ["rocm*", "x"], except: [] } }, reference),
      ["breach of absentPackages: installed, though rocm* must not be: rocm-dev"],
    );
  });

  it("finds hidden paths, whatever the image tells its shell", async () => {
    const reference = await image(
      "RUN mkdir /opt /opt/.rocm && mkdir /opt/.rocm/lib",
      "ENV SHELLOPTS=noexec",
    );
    assert.deepEqual(await breaches({ absentPaths: ["/opt/*rocm/*"] }, reference), [
      "breach of absentPaths: there, though /opt/.*rocm/* must not be: /opt/.rocm/lib",
    ]);
  });

  it("cannot tell a glibc of a version that there is none of", async () => {
    const reference = await image(
      "RUN printf '#!/bin/sh\\necho glibc 2.99999999999999999999\\n' > /usr/bin/getconf",
    );
    assert.match((await breaches({ glibcAtMost: "2.28" }, reference))[0]!, /cannot be checked/);
  });

  it("asks for programs, and takes no command of the shell for one", async () => {
    assert.deepEqual(await breaches({ tools: ["export", "breach", "etc"] }, await image()), [
      ...["export", "breach", "etc"].map(
        (tool) =>
          `breach of tools: ${tool} is not on PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)`,
      ),
    ]);
  });

  it("takes its rules for data, whatever is in them", async () => {
    const reference = await image();
    const contract = { absentPaths: ["/tmp/$(touch${IFS}/made)`touch${IFS}/made`", "/made"] };
    await check(contract, reference);
    const tools = ["$(id)"];
    assert.equal((await breaches({ tools }, reference)).length, 1);
  });

  it("is checked once: the same image and rules are taken from the cache", async () => {
    const reference = await image(packages("cached"));
    const contract = { tools: ["sh"] };
    await check(contract, reference);
    printed.length = 0;
    await check(contract, reference);
    const steps = printed.filter((line) => line.includes("RUN"));
    assert.ok(steps.length > 0 && steps.every((line) => line.endsWith("(cached)")), steps.join());
    await breaches({ tools: ["other"] }, reference);
    assert.ok(printed.some((line) => line.includes("breach of tools")));
  });

  it("writes its steps to a build cache where one is named", async () => {
    const reference = await image(packages("exported"));
    const cache = `${cloud().registries["ghcr.io"].host}/test/contract-cache:cpu__contract__main`;
    const source = contractSource(
      { tools: ["sh"] },
      { reference, platform, cache: { from: [cache], to: cache } },
    );
    await run(source, []);
    assert.ok(
      printed.some((line) => line.startsWith("exporting cache")),
      printed.join("\n"),
    );
  });
});
