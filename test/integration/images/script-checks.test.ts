// Does not prove that NVIDIA's and AMD's keys are what the scripts expect: that takes a network.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const images = join(import.meta.dirname, "../../../images");
const CUDA = "almalinux-builder/scripts/install_cuda.sh";
const CHECK_ROCM = "almalinux-builder/scripts/check_rocm.sh";
const ROCM = "ci-image/scripts/install_rocm.sh";

/** Two public keys made for this test; nobody has their secret parts. */
const FINGERPRINT = "CD0F637FF550382985E3F3418644D0E53D9950C8";
const OTHER_FINGERPRINT = "47955BF67659EC22602F67D34E6E82DBC0C910C8";
const KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEXgvhABYJKwYBBAHaRw8BAQdAYKdT0mbOFHRpgQkEn+vtVMmS+ABIkkVgWNwj
7RsfIme0F2dvb2QgPGdvb2RAZXhhbXBsZS5vcmc+iJAEExYIADgWIQTND2N/9VA4
KYXj80GGRNDlPZlQyAUCXgvhAAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK
CRCGRNDlPZlQyDcYAQDt0VhfjQ9tWzlEsqZVTXMR0foZI0rDd+8ur/hyTUfkDwD/
e8VDmNkBuTuOeIp+xMyXvJjR7He9DyHUECfItE11rgc=
=j3RN
-----END PGP PUBLIC KEY BLOCK-----
`;
const OTHER_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEXgvhABYJKwYBBAHaRw8BAQdAQPMDBF1A6/aR7K/tgllQFE2yOSzNA+MoDDwu
hq0t5hS0GW90aGVyIDxvdGhlckBleGFtcGxlLm9yZz6IkAQTFggAOBYhBEeVW/Z2
WewiYC9n005ugtvAyRDIBQJeC+EAAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheA
AAoJEE5ugtvAyRDIqeMBAJwdrhxYYuCcWAuuI8zNmUD7GCbVN+xOd4vXVngvT9ag
AP4q/90UGqwEwCUvpqpwqFCKBkNifOPBV7hn3bYjZ87qAQ==
=EApS
-----END PGP PUBLIC KEY BLOCK-----
`;

/** The text of one function of an install script. */
async function functionOf(script: string, name: string): Promise<string> {
  const text = await readFile(join(images, script), "utf8");
  const found = new RegExp(`^${name}\\(\\) \\{$.*?^\\}$`, "ms").exec(text)?.[0];
  assert.ok(found, `${script} has no function ${name}`);
  assert.match(text.replace(found, ""), new RegExp(`^${name}$`, "m"), `${script} never calls it`);
  return found;
}

function bash(script: string, env: Readonly<Record<string, string>>) {
  // With no SHLVL and a socket for standard input, bash takes itself for started by rshd and reads start-up files.
  return execa("bash", ["--norc", "-euo", "pipefail", "-c", script], { env, reject: false });
}

describe("an install script's import_key", () => {
  let work: string;
  before(async function () {
    const { failed } = await execa("gpg", ["--version"], { reject: false });
    if (failed) {
      this.test!.title = "is not tried: gpg is missing on this machine";
      this.skip();
    }
  });
  beforeEach(async () => {
    // Short, and closed to others: gpg asks for both.
    work = await mkdtemp(join(tmpdir(), "key-"));
    await mkdir(join(work, "home"), { mode: 0o700 });
  });
  afterEach(() => rm(work, { recursive: true, force: true }));

  /** Runs the function with a download that gives `keys`, and reads which fingerprints it trusts afterwards. */
  async function importKey(script: string, keys: string) {
    const trusted = join(work, "trusted");
    await writeFile(join(work, "download"), keys);
    const result = await bash(
      `work="$HOMEDIR" key_url=https://example.org/key fingerprint="$FINGERPRINT" trusted="$TRUSTED"
      curl() { while [[ "$1" != --output ]]; do shift; done; cp "$DOWNLOAD" "$2"; }
      rpm() { [[ "$1" == --import ]]; cp "$2" "$TRUSTED"; }
      ${await functionOf(script, "import_key")}
      import_key`,
      {
        HOMEDIR: join(work, "home"),
        DOWNLOAD: join(work, "download"),
        TRUSTED: trusted,
        FINGERPRINT,
      },
    );
    const show = ["--homedir", join(work, "home"), "--batch", "--with-colons", "--show-keys"];
    const shown = await execa("gpg", [...show, trusted], { reject: false });
    const fingerprints = [...shown.stdout.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, hex]) => hex);
    // gpg tells of files that it makes, which differ by version.
    const stderr = result.stderr.replace(/^gpg: .*\n?/gm, "");
    return { exitCode: result.exitCode, stderr, fingerprints };
  }

  for (const script of [CUDA, ROCM]) {
    it(`trusts a key that is alone in its file (${script})`, async () => {
      const result = await importKey(script, KEY);
      assert.deepEqual(result, { exitCode: 0, stderr: "", fingerprints: [FINGERPRINT] });
    });

    const refused = [
      ["another key", OTHER_KEY, OTHER_FINGERPRINT],
      [
        "another key behind the right one",
        `${KEY}${OTHER_KEY}`,
        `${FINGERPRINT}, ${OTHER_FINGERPRINT}`,
      ],
      [
        "another key before the right one",
        `${OTHER_KEY}${KEY}`,
        `${OTHER_FINGERPRINT}, ${FINGERPRINT}`,
      ],
      ["the right key twice", `${KEY}${KEY}`, `${FINGERPRINT}, ${FINGERPRINT}`],
    ] as const;
    for (const [what, keys, found] of refused) {
      it(`trusts nothing of a file with ${what} (${script})`, async () => {
        assert.deepEqual(await importKey(script, keys), {
          exitCode: 1,
          stderr: `https://example.org/key must hold one key, ${FINGERPRINT}, and holds: ${found}`,
          fingerprints: [],
        });
      });
    }

    it(`trusts nothing of what is no key (${script})`, async () => {
      const { exitCode, fingerprints } = await importKey(script, "<html>Not found</html>\n");
      assert.notEqual(exitCode, 0);
      assert.deepEqual(fingerprints, []);
    });
  }
});

describe("an install script's check_version", () => {
  const cases = [
    ["7.1", "7.1", 0],
    ["7.1.0-20", "7.1", 0],
    ["7.1.2", "7.1.2", 0],
    ["7.10.0", "7.1", 1],
    ["7.0.2", "7.1", 1],
    ["17.1", "7.1", 1],
  ] as const;
  for (const script of [CHECK_ROCM, ROCM]) {
    for (const [installed, asked, exitCode] of cases) {
      it(`${exitCode === 0 ? "takes" : "refuses"} ROCm ${installed} for ${asked} (${script})`, async () => {
        const result = await bash(
          `cat() { [[ "$1" == /opt/rocm/.info/version ]]; echo "$INSTALLED"; }
          ${await functionOf(script, "check_version")}
          check_version`,
          { INSTALLED: installed, ROCM_VERSION: asked },
        );
        assert.equal(result.exitCode, exitCode, result.stderr);
        const message = `/opt/rocm is ROCm ${installed}, and the image asks for ${asked}`;
        assert.equal(result.stderr, exitCode === 0 ? "" : message);
      });
    }
  }
});
