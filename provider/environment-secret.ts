import { environmentKey } from "../github/environment-key.ts";
import { HiddenFromToken, unlessGone } from "../github/faults.ts";
import { seal } from "../github/seal.ts";
import { type Problem, UserError } from "../rules/problems.ts";
import { DeclaredPlaces } from "./declared-places.ts";
import { isSameName } from "./environment-inputs.ts";
import { fingerprint, hasFingerprint } from "./fingerprint.ts";
import { assertVisible, type GithubAccesses, Refused, sameRepository } from "./github-access.ts";
import type { Difference, GithubResource } from "./github-resource.ts";
import { lastChange } from "./observe-secret.ts";
import { holdsUnknown, type Properties, UNKNOWN, without } from "./property-values.ts";
import { CheckedSecret, RecordedSecret, SecretInputs, secretProblems } from "./secret-inputs.ts";
import { stackOf } from "./urn.ts";

/**
 * A secret of an environment. What is recorded is the sealed box, the key that it is sealed for and a fingerprint, never
 * the value. GitHub gives no value back, so a change by somebody else shows in the time of its last change, to the second.
 * @see https://docs.github.com/en/rest/actions/secrets
 */
export function environmentSecret(accesses: GithubAccesses): GithubResource {
  const declared = new DeclaredPlaces(accesses);

  async function put(news: Properties): Promise<Properties> {
    const { data: wanted } = CheckedSecret.safeParse(news);
    if (wanted === undefined || holdsUnknown(wanted)) {
      throw new UserError(
        `${placeIn(news)} could not be sealed, because the environment was not there; run again with a refresh: slipway up, or pulumi up --refresh`,
      );
    }
    const at = accesses.wanted(wanted);
    const { github, owner, name: repo } = at;
    const { environment, name } = wanted;
    await github.octokit.request(
      "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      {
        owner,
        repo,
        environment_name: environment,
        secret_name: name,
        key_id: wanted.keyId,
        encrypted_value: wanted.sealed,
      },
    );
    const updatedAt = await lastChange(at, wanted);
    if (updatedAt === undefined) throw new UserError(`${placeIn(news)} went right after it came`);
    const repositoryId = await github.repositoryId(repo);
    return { ...wanted, repositoryId, updatedAt, remoteUpdatedAt: updatedAt };
  }

  return {
    secrets: ["fingerprint"],

    async check(urn, olds, news) {
      const rest = without(news, "value", "sealed");
      const problems = secretProblems(news);
      const unknown = { ...rest, sealed: UNKNOWN, keyId: UNKNOWN, fingerprint: UNKNOWN };
      // Nothing of the inputs goes on when they are wrong: the value must not.
      if (problems.length > 0) return { inputs: unknown, problems };
      declared.note(news["repository"], news["environment"], news["name"]);
      if (holdsUnknown(news)) return { inputs: unknown, problems };
      const inputs = SecretInputs.parse(news);
      accesses.note(inputs);
      const at = accesses.wanted(inputs);
      const key = await environmentKey(at.github, at.name, inputs.environment);
      if (key === undefined) await assertVisible(at);
      if (inputs.sealed !== undefined) {
        const { keyId } = inputs.sealed;
        const given = { ...rest, sealed: inputs.sealed.value, keyId };
        const fits = key === undefined || key.keyId === keyId;
        return { inputs: given, problems: fits ? [] : [foreignKey(urn, inputs)] };
      }
      // In a preview of what makes the environment; an update has made it by now.
      if (key === undefined || inputs.value === undefined) return { inputs: unknown, problems };
      const old = CheckedSecret.safeParse(olds).data;
      const print = old?.fingerprint;
      const isSame = print !== undefined && (await hasFingerprint(inputs.value, print));
      if (isSame && old?.keyId === key.keyId) {
        const kept = { sealed: old.sealed, keyId: old.keyId, fingerprint: print };
        return { inputs: { ...rest, ...kept }, problems };
      }
      const made = {
        sealed: await seal(inputs.value, key.key),
        keyId: key.keyId,
        fingerprint: isSame ? print : await fingerprint(inputs.value),
      };
      return { inputs: { ...rest, ...made }, problems };
    },

    async diff(olds, news): Promise<Difference> {
      const recorded = RecordedSecret.parse(olds);
      const replaces: string[] = [];
      if (!(await sameRepository(accesses, recorded, news))) replaces.push("repository");
      for (const name of ["environment", "name"] as const) {
        if (!isSameName(recorded[name], String(news[name]))) replaces.push(name);
      }
      const changed = ["sealed", "keyId", "fingerprint"].filter(
        (name) => recorded[name as keyof RecordedSecret] !== news[name],
      );
      const isRenamed = !isSameName(recorded.repository, String(news["repository"]));
      if (isRenamed && replaces.length === 0) changed.push("repository");
      let { remoteUpdatedAt } = recorded;
      const wanted = CheckedSecret.safeParse(news).data;
      if (recorded.unverified === true && wanted !== undefined && !holdsUnknown(wanted)) {
        remoteUpdatedAt = (await lastChange(accesses.wanted(wanted), wanted)) ?? "";
      }
      if (remoteUpdatedAt !== recorded.updatedAt) changed.push("remoteUpdatedAt");
      return { changed: [...replaces, ...changed], replaces };
    },

    async create(news) {
      const outputs = await put(news);
      return { id: placeIn(news), outputs };
    },

    async read(olds) {
      const read = RecordedSecret.safeParse(olds);
      if (!read.success) {
        throw new UserError("cannot be imported: declare it and run up, which writes it anew");
      }
      const recorded = read.data;
      const inputs = CheckedSecret.parse(recorded);
      try {
        const found = await accesses.recorded(recorded, (at) => lastChange(at, recorded));
        return found === undefined
          ? undefined
          : { outputs: { ...without(recorded, "unverified"), remoteUpdatedAt: found }, inputs };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { outputs: { ...recorded, unverified: true }, inputs };
      }
    },

    update: (_olds, news) => put(news),

    async delete(olds) {
      const recorded = RecordedSecret.parse(olds);
      const { repository, environment, name } = recorded;
      if (await declared.has(recorded, environment, name)) return;
      await accesses.recorded(recorded, async (at) => {
        const gone = await unlessGone(
          at.github.octokit.request(
            "DELETE /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
            {
              owner: at.owner,
              repo: at.name,
              environment_name: environment,
              secret_name: name,
            },
          ),
        );
        if (gone === undefined && (await lastChange(at, recorded)) !== undefined) {
          throw new HiddenFromToken(
            `${repository}: the token may not delete secret ${name} of environment ${environment}, which is there; it needs to write Environments of the repository`,
          );
        }
      });
    },
  };
}

function foreignKey(
  urn: string,
  { environment, name }: { readonly environment: string; readonly name: string },
): Problem {
  return {
    path: "sealed",
    message: `was sealed for a key that environment ${environment} no longer has; seal it again: slipway secrets set ${name} --environment ${environment} --stack ${stackOf(urn)}`,
  };
}

/** `pytorch/pytorch:docker-build:DOCKER_TOKEN`, also the id. */
function placeIn({ repository, environment, name }: Properties): string {
  return [repository, environment, name].join(":");
}
