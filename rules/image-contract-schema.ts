import { z } from "zod";
import { GLIBC_VERSION, PACKAGE_PATTERN, PATH_PATTERN, TOOL } from "./image-contract.ts";
import { listOf, says } from "./image-file-faults.ts";

const CONTRACT_KEYS = ["glibcAtMost", "absentPackages", "absentPaths", "tools"] as const;
const ABSENT_PACKAGES_KEYS = ["patterns", "except"] as const;

/** The schema of `contract` in an `image.yaml`: at least one rule. */
export function contractSchema() {
  const glibc = says("a version of glibc", '"2.28"');
  const pattern = matching(PACKAGE_PATTERN, "a package's name or a pattern of names", '"*-devel"');
  const path = matching(PATH_PATTERN, "an absolute path or a pattern of one", '"/opt/rocm*"');
  const tool = matching(TOOL, "a command", "cmake");
  return z
    .strictObject(
      {
        glibcAtMost: z.string(glibc).regex(GLIBC_VERSION, glibc).exactOptional(),
        absentPackages: z
          .strictObject(
            {
              patterns: listOf(pattern, "patterns", '["*-devel"]'),
              except: listOf(pattern, "packages", "[glibc-devel]").default([]),
            },
            says("a map", '{ patterns: ["*-devel"] }'),
          )
          .exactOptional(),
        absentPaths: listOf(path, "paths", '["/opt/rocm*"]').exactOptional(),
        tools: listOf(tool, "commands", "[cmake]").exactOptional(),
      },
      says("a map", "{ tools: [cmake] }"),
    )
    .refine((contract) => Object.keys(contract).length > 0, {
      error: "holds no rule; write e.g. tools: [cmake], or leave it out",
    });
}

/** The keys of `contract` and of what is in it. */
export function contractKeysAt(path: readonly string[]): readonly string[] {
  return path[1] === "absentPackages" ? ABSENT_PACKAGES_KEYS : CONTRACT_KEYS;
}

function matching(form: RegExp, is: string, example: string) {
  const message = says(is, example);
  return z.string(message).regex(form, message);
}
