/** Folders of what others wrote, or of what a test keeps as it is, wherever in a tree they are; in any letter case. */
const FOLDERS = [
  ".hg",
  ".svn",
  ".terraform",
  ".venv",
  "__snapshots__",
  "bower_components",
  "node_modules",
  "site-packages",
  "testdata",
  "third-party",
  "third_party",
  "thirdparty",
  "vendor",
  "vendored",
  "venv",
];

/** Files in which a tool keeps digests of its own. */
const FILES = [
  "*.lock",
  "*.lock.hcl",
  "*.lock.json",
  "*.lock.yaml",
  "*.lock.yml",
  "*.lockb",
  "*.lockfile",
  "*.min.js",
  "*.sum",
  "*.tsbuildinfo",
  // Slipway's own, of what it keeps from retention: nobody pins by it.
  "Pins.*.yaml",
  "npm-shrinkwrap.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "pylock.*.toml",
  "pylock.toml",
];

const VENDORED = new RegExp(
  [
    `(?:^|/)(?:${FOLDERS.map(pattern).join("|")})/`,
    // "fixtures" alone may be anything; below a folder of tests it is their data.
    "(?:^|/)tests?/(?:.*/)?fixtures/",
    `(?:^|/)(?:${FILES.map(pattern).join("|")})$`,
  ].join("|"),
  "i",
);

/**
 * Whether a file is never looked at for pins, in any letter case.
 * @param path below the root of its tree, parts separated by "/"
 */
export function isVendored(path: string): boolean {
  return VENDORED.test(path);
}

/** A name in which a star stands for whatever is no slash. */
function pattern(name: string): string {
  return name.replaceAll(".", String.raw`\.`).replaceAll("*", "[^/]*");
}
