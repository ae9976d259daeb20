// Real builds by the local cloud's BuildKit, pushed to its registries. Does not prove the Docker way of reaching BuildKit.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerBuildProvider } from "../../../local/providers/docker-build.ts";
import { Registries } from "../../../oci/registries.ts";
import { UserError } from "../../../rules/problems.ts";
import { Subject } from "../../local/providers/lifecycle.ts";
import { withCloud } from "../../support/cloud.ts";

const IMAGE = "docker-build:index:Image";
const DOCKERFILE = `FROM base AS build
ARG GREETING=hello
COPY word.txt /word.txt
RUN --mount=type=bind,from=scripts,target=/scripts /scripts/install.sh "$GREETING"
FROM base AS small
COPY word.txt /word.txt
`;

describe("the local docker-build provider", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  let progress: string[];
  let atStart: string[];

  const leftovers = () =>
    readdirSync(tmpdir()).filter((name) =>
      ["slipway-docker-config", "slipway-build"].some((purpose) =>
        name.startsWith(`${purpose}-${process.pid}-`),
      ),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-image-"));
    progress = [];
    mkdirSync(join(folder, "scripts"));
    writeFileSync(join(folder, "Dockerfile"), DOCKERFILE);
    writeFileSync(join(folder, ".dockerignore"), "*\n!word.txt\n");
    writeFileSync(join(folder, "word.txt"), "one\n");
    script('echo "installing $1"; echo "$1" > /greeting');
    atStart = leftovers();
  });
  afterEach(() => {
    assert.deepEqual(leftovers(), atStart, "no login or metadata stays behind");
    rmSync(folder, { recursive: true });
  });

  function script(text: string): void {
    const path = join(folder, "scripts/install.sh");
    writeFileSync(path, `#!/bin/sh\nset -e\n${text}\n`);
    chmodSync(path, 0o755);
  }

  /** A new provider, as each run of an engine has. */
  function image(): Subject {
    const provider = dockerBuildProvider(
      { buildkitHost: cloud().buildkit.address },
      { projectFolder: folder, onProgress: (line) => progress.push(line) },
    );
    return new Subject(provider, IMAGE);
  }

  function later(earlier: Subject): Subject {
    return Object.assign(image(), { id: earlier.id, state: earlier.state });
  }

  function news(path: string, more: object = {}) {
    const { host: address, username, password } = cloud().registries["ghcr.io"];
    return {
      push: false,
      buildOnPreview: false,
      exports: [
        {
          registry: {
            names: [`${address}/${path}`],
            push: true,
            pushByDigest: true,
            nameCanonical: true,
          },
        },
      ],
      context: {
        location: ".",
        named: {
          base: { location: cloud().standIns.base },
          scripts: { location: "scripts" },
        },
      },
      target: "build",
      registries: [{ address, username, password }],
      ...more,
    };
  }

  function pushed(path: string) {
    const { host, username, password } = cloud().registries["ghcr.io"];
    return new Registries().repository(
      `${host}/${path}`,
      { [host]: { username, password } },
      "push",
    );
  }

  it("builds from named contexts and pushes content that has no name", async () => {
    const made = await image().create(news("test/plain", { buildArgs: { GREETING: "moin" } }));
    assert.match(made.id, /^sha256:/);
    assert.equal(made.state["digest"], made.id);
    assert.equal(await pushed("test/plain").manifests.digest(made.id), made.id);
    assert.deepEqual(await pushed("test/plain").tags(), []);
    assert.ok(progress.includes("it:   | installing moin"), progress.join("\n"));
    assert.ok(!JSON.stringify(progress).includes(cloud().registries["ghcr.io"].password));
  });

  it("has Docker's media types or OCI's, as asked, and the same layers", async () => {
    const asked = news("test/types");
    const made = await image().create(asked);
    const [{ registry }] = asked.exports as [{ registry: object }];
    const oci = { ...asked, exports: [{ registry: { ...registry, ociMediaTypes: true } }] };
    const updated = later(made);
    assert.deepEqual(await updated.diff(oci), ["exports"]);
    await updated.update(oci);
    const types = async (digest: unknown) => {
      const { mediaType, document } = await pushed("test/types").manifests.get(String(digest));
      const { config, layers = [] } = document;
      return [mediaType, config?.mediaType, ...layers.map((layer) => layer.mediaType)];
    };
    const layersOf = async (digest: unknown) => {
      const { document } = await pushed("test/types").manifests.get(String(digest));
      return document.layers?.map(({ digest: layer }) => layer);
    };
    const [before, after] = [made.id, updated.state["digest"]];
    assert.match((await types(before)).join(), /^(?:[^,]*vnd\.docker\.[^,]*,?)+$/);
    assert.match((await types(after)).join(), /^(?:[^,]*vnd\.oci\.[^,]*,?)+$/);
    assert.deepEqual(await layersOf(after), await layersOf(before));
    assert.deepEqual(await later(updated).diff(oci), []);
  });

  it("sees no difference when nothing changed, and builds again when a file that counts did", async () => {
    const first = news("test/changes");
    const made = await image().create(first);
    const again = later(made);
    assert.ok(await again.refresh());
    assert.deepEqual(await again.diff(first), []);
    writeFileSync(join(folder, "ignored.txt"), "does not count");
    assert.deepEqual(await later(made).diff(first), []);
    writeFileSync(join(folder, "word.txt"), "two\n");
    const changed = later(made);
    assert.deepEqual(await changed.diff(first), ["contextHash"]);
    await changed.update(first);
    assert.notEqual(changed.state["digest"], made.state["digest"]);
    assert.deepEqual(await later(changed).diff(first), []);
    script("echo other");
    assert.deepEqual(await later(changed).diff(first), ["contextHash"]);
  });

  it("builds another target from the same files", async () => {
    const made = await image().create(news("test/target", { target: "small" }));
    assert.deepEqual(await later(made).diff(news("test/target")), ["target"]);
    assert.ok(!progress.some((line) => line.includes("installing")));
  });

  it("builds on an image that is named by digest", async () => {
    const { host } = cloud().registries["ghcr.io"];
    const base = await image().create(news("test/base"));
    writeFileSync(join(folder, "Dockerfile"), "FROM base\nRUN [ -f /greeting ]\n");
    const more = {
      context: {
        location: ".",
        named: { base: { location: `docker-image://${host}/test/base@${base.id}` } },
      },
    };
    const made = await image().create(news("test/derived", { ...more, target: undefined }));
    const { document } = await pushed("test/derived").manifests.get(made.id);
    assert.ok((document.layers ?? []).length > 1);
  });

  it("runs a step again for another value of an ARG before it, and takes it from the cache for the same", async () => {
    writeFileSync(
      join(folder, "Dockerfile"),
      "FROM base AS build\nARG SLIPWAY_EPOCH\nRUN cat /proc/sys/kernel/random/uuid > /fetched\n",
    );
    const layers = async (epoch: string) => {
      const made = await image().create(
        news("test/epoch", { buildArgs: { SLIPWAY_EPOCH: epoch } }),
      );
      const { document } = await pushed("test/epoch").manifests.get(made.id);
      return document.layers?.map(({ digest }) => digest);
    };
    const first = await layers("0");
    assert.deepEqual(await layers("0"), first);
    assert.notDeepEqual(await layers("1"), first);
  });

  it("takes every step on the stand-in from the cache when the same files lie elsewhere", async () => {
    script("cat /proc/sys/kernel/random/uuid > /unique");
    const first = await image().create(news("test/moved"));
    const earlier = folder;
    folder = mkdtempSync(join(tmpdir(), "slipway-image-"));
    try {
      cpSync(earlier, folder, { recursive: true });
      progress.length = 0;
      const second = await image().create(news("test/moved"));
      const layers = await Promise.all(
        [first, second].map(async ({ id }) => {
          const { document } = await pushed("test/moved").manifests.get(id);
          return document.layers?.map(({ digest }) => digest);
        }),
      );
      assert.deepEqual(layers[1], layers[0]);
      assert.ok(
        progress.some((line) => /RUN .*\(cached\)$/.test(line)),
        progress.join("\n"),
      );
    } finally {
      rmSync(earlier, { recursive: true });
    }
  });

  it("builds by the builder that an image names, and without a cache that is not there", async () => {
    const { host } = cloud().registries["ghcr.io"];
    const made = new Subject(
      dockerBuildProvider(
        {
          buildkitHost: "unix:///nowhere.sock",
          builders: JSON.stringify({ "slipway-arm64": cloud().buildkit.address }),
        },
        { projectFolder: folder },
      ),
      IMAGE,
    );
    const cacheFrom = [{ registry: { ref: `${host}/test/nothing-cache:cpu__main` } }];
    await made.create(news("test/named", { builder: { name: "slipway-arm64" }, cacheFrom }));
    assert.equal(await pushed("test/named").manifests.digest(made.id), made.id);
  });

  it("keeps nothing of a build that is run for its failure alone, and finds it whole later", async () => {
    const wanted = news("test/check", { exports: [{ cacheonly: {} }] });
    const made = await image().create(wanted);
    assert.deepEqual([made.id, made.state["digest"]], ["it", ""]);
    assert.ok(await later(made).refresh());
    assert.deepEqual(await later(made).diff(wanted), []);
    script("exit 4");
    await assert.rejects(later(made).update(wanted), /exit code: 4/);
  });

  it("finds an image gone that left the registry, and makes it again", async () => {
    const wanted = news("test/gone");
    const made = await image().create(wanted);
    const { host, username, password } = cloud().registries["ghcr.io"];
    const answer = await fetch(`http://${host}/v2/test/gone/manifests/${made.id}`, {
      method: "DELETE",
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      },
    });
    assert.equal(answer.status, 202);
    assert.equal(await later(made).refresh(), false);
    const again = await image().create(wanted);
    assert.ok(await later(again).refresh());
  });

  it("leaves the image on the registry when it is deleted", async () => {
    const made = await image().create(news("test/kept"));
    await made.delete();
    assert.ok(await later(made).refresh());
  });

  it("leaves the state alone when the login that it holds is out of date", async () => {
    const made = await image().create(news("test/login"));
    const stale = later(made);
    stale.state = { ...made.state, registries: [{ ...news("x").registries[0], password: "old" }] };
    assert.ok(await stale.refresh());
    assert.deepEqual(await stale.diff(news("test/login")), []);
  });

  it("shows the end of what the failing step printed", async () => {
    script('echo "looking for gcc"; echo "no such package"; exit 3');
    await assert.rejects(image().create(news("test/broken")), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /^it: \.\/Dockerfile, target build does not build: step \[build \d\/\d\] RUN/,
      );
      assert.match(error.message, /exit code: 3/);
      assert.match(error.message, /\n {2}\| looking for gcc\n {2}\| no such package$/);
      return true;
    });
  });

  it("says what is wrong with a Dockerfile that cannot be read", async () => {
    writeFileSync(join(folder, "Dockerfile"), "FROM base\nRUNN true\n");
    await assert.rejects(
      image().create(news("test/syntax")),
      /\.\/Dockerfile, target build does not build: .*unknown instruction: RUNN/,
    );
  });

  it("says which BuildKit does not answer", async () => {
    const address = `unix://${folder}/nobody.sock`;
    const lost = new Subject(
      dockerBuildProvider({ buildkitHost: address }, { projectFolder: folder }),
      IMAGE,
    );
    await assert.rejects(
      lost.create(news("test/lost")),
      new RegExp(`BuildKit at ${address} does not answer`),
    );
  });

  it("says which registry refuses the login", async () => {
    const wrong = news("test/refused");
    wrong.registries = [{ ...wrong.registries[0]!, password: "wrong" }];
    await assert.rejects(image().create(wrong), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /does not build: .*(401|unauthorized|authorization failed|authentication required)/i,
      );
      return true;
    });
  });

  it("ends its builds when it is cancelled", async () => {
    script("sleep 60");
    const slow = image();
    const building = slow.create(news("test/slow"));
    setTimeout(() => void slow.provider.cancel?.(), 1500);
    await assert.rejects(building, /the build was interrupted/);
  });
});
