import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";

const Descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const Index = z.object({ manifests: z.tuple([Descriptor]) });
const Manifest = z.object({ config: Descriptor });
const Image = z.object({
  config: z
    .object({
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
    })
    .default({}),
});

/** What an image says about starting it: the `config` of an OCI image configuration. */
export type ImageConfig = z.infer<typeof Image>["config"];

/**
 * Reads it from an OCI image layout with one image.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function readImageConfig(layout: string): Promise<ImageConfig> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(join(layout, path), "utf8"));
  const blob = ({ digest }: { digest: string }) => read(join("blobs", ...digest.split(":")));
  const { manifests } = Index.parse(await read("index.json"));
  const { config } = Manifest.parse(await blob(manifests[0]));
  return Image.parse(await blob(config)).config;
}

/**
 * Numbers and home of an image's `User` (`tester`, `1000`, `1000:1000`, `tester:video`), by the image's own passwd and group files.
 * @throws UserError when the image names a user that it does not have.
 */
export async function readUser(
  rootfs: string,
  text: string,
): Promise<{ uid: number; gid: number; home: string }> {
  const [user = "", group] = text.split(":");
  if (user === "") return { uid: 0, gid: 0, home: "/root" };
  const account = (await entries(join(rootfs, "etc/passwd"))).find(
    ([name, , uid]) => name === user || uid === user,
  );
  const uid = Number(account?.[2] ?? user);
  const named =
    group === undefined
      ? account?.[3]
      : (await entries(join(rootfs, "etc/group"))).find(([name]) => name === group)?.[2];
  const gid = Number(named ?? group ?? 0);
  if (Number.isInteger(uid) && Number.isInteger(gid)) {
    return { uid, gid, home: account?.[5] ?? "/" };
  }
  throw new UserError(
    `the image runs as ${JSON.stringify(text)}, which its /etc/passwd or /etc/group does not name`,
  );
}

async function entries(file: string): Promise<string[][]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").map((line) => line.split(":"));
}
