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

/**
 * What is never looked at for pins, as patterns of git below the root of a tree, in any letter case. What only
 * has to end in some way git compares faster than a glob.
 * @see https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-pathspec
 */
export const VENDORED: readonly string[] = [
  ...FOLDERS.map((folder) => `:(exclude,glob,icase)**/${folder}/**`),
  // "fixtures" alone may be anything; below a folder of tests it is their data.
  ":(exclude,glob,icase)**/test/**/fixtures/**",
  ":(exclude,glob,icase)**/tests/**/fixtures/**",
  ...FILES.map((file) =>
    file.startsWith("*") ? `:(exclude,icase)${file}` : `:(exclude,glob,icase)**/${file}`,
  ),
];
