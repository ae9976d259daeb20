/** What the images of a family must and must not hold; checked on each image before it gets a name. */
export interface ImageContract {
  /** The newest C library that programs built in the image may meet: `2.28`. */
  readonly glibcAtMost?: string;
  /** Packages that must not be installed: any that one of `patterns` matches and none of `except`. */
  readonly absentPackages?: {
    /** `*` stands for any characters: `*-devel`. */
    readonly patterns: readonly string[];
    readonly except: readonly string[];
  };
  /** Absolute paths that must not be there; `*` stands for any characters but `/`: `/opt/rocm*`. */
  readonly absentPaths?: readonly string[];
  /** Commands that must be found on the image's own PATH: `cmake`. */
  readonly tools?: readonly string[];
}

/** A package's name, or a pattern of such names. It reaches a shell as a pattern of `case`, and so holds nothing else. */
export const PACKAGE_PATTERN = /^[A-Za-z0-9*][A-Za-z0-9*.+_-]*$/;
/** An absolute path or a pattern of one. */
export const PATH_PATTERN = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9*.+_@-]+)+$/;
/** A command's name. */
export const TOOL = /^[A-Za-z0-9_][A-Za-z0-9.+_-]*$/;
export const GLIBC_VERSION = /^2\.[0-9]{1,3}$/;

/**
 * The build args that tell a contract to the script that checks it: lists as words joined by spaces, which no word holds.
 * A rule that the contract does not have is an empty text.
 */
export function contractArgs(contract: ImageContract): Readonly<Record<string, string>> {
  const { glibcAtMost = "", absentPackages, absentPaths = [], tools = [] } = contract;
  return {
    GLIBC_AT_MOST: glibcAtMost,
    ABSENT_PACKAGES: (absentPackages?.patterns ?? []).join(" "),
    ABSENT_PACKAGES_EXCEPT: (absentPackages?.except ?? []).join(" "),
    ABSENT_PATHS: absentPaths.flatMap(withHidden).join(" "),
    TOOLS: tools.join(" "),
  };
}

/** A shell's `*` passes over names that begin with a dot: the same pattern for these, too, but for `.` and `..`. */
function withHidden(pattern: string): readonly string[] {
  const [first = "", ...others] = pattern.split("/*");
  return others.reduce<readonly string[]>(
    (begun, rest) => {
      const hidden = rest === "" || rest.startsWith("/") ? "/.[!.]*" : "/.*";
      return begun.flatMap((text) => [`${text}/*${rest}`, `${text}${hidden}${rest}`]);
    },
    [first],
  );
}

/** Folder, relative to the project, with the Dockerfile and the script that check a contract. */
export const CONTRACT_FOLDER = "contract";
