import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { imageReference, readImages, ReaderError, type Images } from "../../reader/images.js";
import { imageListText, type ImageList, readImageList } from "../../rules/image-list.ts";
import { imageList, spoiledList } from "./support/image-lists.ts";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What the reader makes of a text: the list, or undefined where it refuses. */
function read(json: string): Images | undefined {
  try {
    return readImages(json);
  } catch (error) {
    assert.ok(error instanceof ReaderError && error.problems.length > 0, String(error));
    return undefined;
  }
}

/** Both readers take the text, as the same list, or both refuse. */
function assertAgreement(json: string): boolean {
  const ours = readImageList(json);
  const theirs = read(json);
  assert.deepEqual(theirs, "list" in ours ? ours.list : undefined, json);
  return "list" in ours;
}

describe("the reader of images.json", () => {
  it("takes every list that can be written, as it was written", () => {
    fc.assert(fc.property(imageList, (list) => assertAgreement(imageListText(list))));
  });

  it("takes and refuses what the writer's own reader does, where a list was spoiled anywhere", () => {
    let refused = 0;
    fc.assert(
      fc.property(spoiledList, (json) => {
        if (!assertAgreement(json)) refused += 1;
      }),
      { numRuns: 2000 },
    );
    assert.ok(refused > 500, "most are spoiled indeed");
  });

  it("reads references and names as the writer does, hostile ones too", () => {
    const D = `sha256:${"1".repeat(64)}`;
    const entry = { digest: D, contentName: "k", commit: "c".repeat(40), platforms: ["a/b"] };
    const list = { version: 1, repository: "o/r", channel: "main", ref: "refs/heads/main" };
    const taken = (references: object, names: string[]) =>
      assertAgreement(
        JSON.stringify({
          ...{ ...list, commit: entry.commit },
          families: { f: { images: { default: { ...entry, references, names } } } },
        }),
      );
    assert.ok(taken({ ecr: `localhost:5000/a/b@${D}` }, ["localhost/a__b:_", "ghcr.io/a---b:C"]));
    for (const reference of [
      ...[
        `ghcr.io/a@${D}@${D}`,
        `ghcr.io/a:b@${D}`,
        `ghcr.io/a@${D}\n`,
        ` ghcr.io/a@${D}`,
        `@${D}`,
      ],
      ...[`ghcr.io/A@${D}`, `a/b@${D}`, `ghcr.io//a@${D}`, `ghcr.io/a/@${D}`, `-x.io/a@${D}`, D],
      ...[`ghcr.io:123456/a@${D}`, `ghcr.io/a___b@${D}`, `ghcr.io/a@${D.toUpperCase()}`, "$(id)"],
    ]) {
      assert.ok(!taken({ ecr: reference }, []), reference);
    }
    for (const name of [
      ...["ghcr.io/a", "ghcr.io/a:", "ghcr.io/a:.b", "ghcr.io/a@b:c", "ghcr.io:1/a", "a:b", ":b"],
      ...[`ghcr.io/a:b@${D}`, `ghcr.io/a:${"b".repeat(129)}`, "ghcr.io/a:b\n", "ghcr.io/a b:c", ""],
    ]) {
      assert.ok(!taken({}, [name]), name);
    }
  });

  it("refuses any other text and JSON", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        assert.equal(read(text), undefined);
      }),
    );
  });

  it("refuses keys that JavaScript has a meaning for, and finds no image by them", () => {
    const [list] = fc.sample(imageList, { numRuns: 1, seed: 1 });
    const text = imageListText({ ...list!, families: {} });
    const at = (families: string) => text.replace('"families": {}', `"families": ${families}`);
    assert.ok(assertAgreement(at("{}")));
    assert.ok(!assertAgreement(at('{"__proto__": {"images": {}}}')));
    assert.ok(!assertAgreement(at('{"a": {"images": {"__proto__": {}}}}')));
    assert.ok(!assertAgreement(text.replace("{", '{"__proto__": {},')));
    assert.ok(assertAgreement(at('{"constructor": {"images": {}}}')));
    const images = readImages(at("{}"));
    for (const family of ["constructor", "__proto__", "toString"]) {
      assert.throws(() => imageReference(images, { family }), /is no family of images\.json/);
    }
  });

  it("says of another version only that, and which one it knows", () => {
    for (const [text, message] of [
      ['{"version": 2, "other": 1}', /^images\.json: 1 problem\n {2}version: 2 is none .* is 1;/],
      ['{"version": "1"}', /version: "1" is none that this reader knows/],
      ['{"images": {}}', /version: missing, so that this is no images\.json/],
      ["[]", /a list is not an image list/],
      ["<html>", /is no JSON; was all of it fetched/],
    ] as const) {
      assert.throws(() => readImages(text), { name: "ReaderError", message });
    }
  });

  it("has the types of what it reads", () => {
    // Nothing runs here: the compiler refuses either line when the types part.
    const theirs: Images | undefined = undefined as ImageList | undefined;
    const ours: keyof ImageList = undefined as unknown as keyof Images;
    assert.deepEqual([theirs, ours], [undefined, undefined]);
  });
});

describe("the reference of an image in images.json", () => {
  const digest = `sha256:${"1".repeat(64)}`;
  const image = (...registries: string[]) => ({
    ...{ digest, contentName: "k1", commit: "c".repeat(40), platforms: ["linux/amd64"], names: [] },
    references: Object.fromEntries(
      registries.map((registry) => [
        registry,
        `${registry === "ecr" ? "1.dkr.ecr.us-east-1.amazonaws.com" : registry}/o/f@${digest}`,
      ]),
    ),
  });
  const images = readImages(
    JSON.stringify({
      ...{ version: 1, repository: "o/r", channel: "main", ref: "refs/heads/main" },
      commit: "c".repeat(40),
      families: {
        many: { images: { cpu: image("ecr", "docker.io", "ghcr.io"), rocm: image("ecr") } },
        one: { images: { default: image() } },
      },
    }),
  );

  it("is by digest, on the registry that is asked for or else one that shows it to everybody", () => {
    const of = (wanted: Parameters<typeof imageReference>[1]) => imageReference(images, wanted);
    assert.equal(of({ family: "many", accelerator: "cpu" }), `ghcr.io/o/f@${digest}`);
    const ecr = `1.dkr.ecr.us-east-1.amazonaws.com/o/f@${digest}`;
    assert.equal(of({ family: "many", accelerator: "rocm" }), ecr);
    assert.equal(of({ family: "many", accelerator: "cpu", registry: "ecr" }), ecr);
  });

  it("is missed with what there is instead", () => {
    const refused: [Parameters<typeof imageReference>[1], RegExp][] = [
      [
        { family: "none" },
        /"none" is no family of images\.json of o\/r, channel main; there are: many, one$/,
      ],
      [{ family: "many" }, /many has an image for each accelerator .*; name one of: cpu, rocm$/],
      [{ family: "many", accelerator: "cuda" }, /"cuda" is no accelerator of many .*: cpu, rocm$/],
      [
        { family: "many", accelerator: "rocm", registry: "ghcr.io" },
        /"ghcr\.io" does not carry many\/rocm .*; these do: ecr$/,
      ],
      [{ family: "one" }, /does not carry one\/default .*; these do: none$/],
    ];
    for (const [wanted, message] of refused) {
      assert.throws(() => imageReference(images, wanted), { message });
    }
  });
});

describe("a query that is none", () => {
  it("is refused in words, with all that is wrong", () => {
    const [list] = fc.sample(imageList, { numRuns: 1, seed: 3 });
    const images = readImages(imageListText(list!));
    const FAMILY = "missing; the name of a family, e.g. almalinux-builder";
    for (const [wanted, problems] of [
      [undefined, ["query: missing; the image to look for, with its family, e.g. { ... }"]],
      [
        "ci-image",
        [
          'query: "ci-image" is not the image to look for, with its family; it should be e.g. { ... }',
        ],
      ],
      [{}, [`query.family: ${FAMILY}`]],
      [{ family: undefined }, [`query.family: ${FAMILY}`]],
      [
        { acelerator: "cpu", accelerator: 12.8, registry: null },
        [
          "query.acelerator: unknown key; the keys here are family, accelerator, registry",
          `query.family: ${FAMILY}`,
          "query.accelerator: 12.8 is not the name of an accelerator; it should be e.g. cuda12.8",
          "query.registry: null is not a registry; it should be e.g. ghcr.io, docker.io, ecr",
        ],
      ],
    ] as const) {
      assert.throws(
        // A program in JavaScript may ask anything.
        () => imageReference(images, wanted as unknown as { family: string }),
        (error) => {
          assert.ok(error instanceof ReaderError);
          assert.deepEqual(
            error.problems.map(({ path, message }) => `${path}: ${message}`),
            problems,
          );
          return error.message.startsWith("imageReference: ");
        },
      );
    }
  });
});

describe("the readers as a package", function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-reader-"));
    const installed = join(folder, "node_modules/slipway");
    await mkdir(installed, { recursive: true });
    await cp(join(ROOT, "package.json"), join(installed, "package.json"));
    await cp(join(ROOT, "reader"), join(installed, "reader"), { recursive: true });
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("run where their folder was copied into a project of another kind, and show a fault once", async () => {
    const project = join(folder, "copied");
    await mkdir(project);
    await cp(join(ROOT, "reader"), join(project, "reader"), { recursive: true });
    await writeFile(join(project, "package.json"), '{ "type": "commonjs" }');
    await writeFile(
      join(project, "program.mjs"),
      'import { readImages } from "./reader/images.js";\nreadImages("<html>");\n',
    );
    const { stderr } = await run(process.execPath, ["program.mjs"], { cwd: project }).then(
      () => assert.fail("the fault was not thrown"),
      (error: unknown) => error as { stderr: string },
    );
    assert.match(stderr, /ReaderError: images\.json: 1 problem/);
    assert.equal(stderr.split("is no JSON").length, 2, stderr);
  });

  it("run below node_modules with nothing else installed, and have types there", async () => {
    const [list] = fc.sample(imageList, { numRuns: 1, seed: 2 });
    const program = `
      import { readImages, type Images } from "slipway/images";
      const text: string = ${JSON.stringify(imageListText(list!))};
      const images: Images = readImages(text);
      declare const console: { log(value: unknown): void };
      console.log(images.repository);
      // @ts-expect-error no key of a list
      console.log(images.version === 1 && images.nothing);`;
    await writeFile(join(folder, "program.ts"), program);
    const { stdout } = await run(process.execPath, ["program.ts"], { cwd: folder });
    assert.equal(stdout, `${list!.repository}\nundefined\n`);
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    // Without Node's own types, which take most of the time and are not there.
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--lib", "es2024"];
    await run(process.execPath, [tsc, ...options, "program.ts"], { cwd: folder });
  });
});
