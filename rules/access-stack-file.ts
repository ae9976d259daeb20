import { CONFIGURATION_KEYS, NAMESPACE } from "./configuration.ts";
import type { DeclaredSecret } from "./declared-secrets.ts";

/** A text of a stack's file that may be a secret's, encrypted or sealed: compared, and never shown. */
export interface StackText {
  /** `docker-build/DOCKER_TOKEN`; absent for what is the stack's own. */
  readonly secret?: string;
  /** What it is, in words. */
  readonly setting: string;
  readonly text: string;
}

const VALUE = "value";

/**
 * The texts of a stack's file that the configuration does not tell: sealed and encrypted values, the keys of other providers,
 * and all beside `config`, where encryption and imported environments stand.
 * @param file parsed, of any form
 * @see https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
 */
export function stackFileTexts(
  file: unknown,
  secrets: readonly DeclaredSecret[],
): readonly StackText[] {
  const { config, ...others } = mapOf(file);
  const values = new Map(
    Object.entries(mapOf(config)).map(([key, value]) => [
      key.includes(":") ? key : `${NAMESPACE}${key}`,
      value,
    ]),
  );
  const sealed = mapOf(values.get(`${NAMESPACE}sealedSecrets`));
  return [
    ...Object.entries(sealed).flatMap(([environment, own]) =>
      Object.entries(mapOf(own)).map(([name, value]) => ({
        secret: `${environment}/${name}`,
        setting: `sealed ${VALUE}`,
        text: textOf(value),
      })),
    ),
    ...secrets.flatMap(({ environment, name, source }): readonly StackText[] => {
      const value =
        source !== "sealed" && "config" in source
          ? values.get(`${NAMESPACE}${source.config}`)
          : undefined;
      if (value === undefined) return [];
      return [{ secret: `${environment}/${name}`, setting: VALUE, text: textOf(value) }];
    }),
    ...[...values].flatMap(([key, value]): readonly StackText[] =>
      isTold(key) && !hasSecure(value)
        ? []
        : [{ setting: `${VALUE} of ${key}`, text: textOf(value) }],
    ),
    ...Object.entries(others).map(([key, value]) => ({ setting: key, text: textOf(value) })),
  ];
}

/** Whether the configuration has a key; a value of it that is encrypted is none that a plan could read. */
function isTold(key: string): boolean {
  return (
    key.startsWith(NAMESPACE) && Object.hasOwn(CONFIGURATION_KEYS, key.slice(NAMESPACE.length))
  );
}

function hasSecure(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    ("secure" in value || Object.values(value).some(hasSecure))
  );
}

function textOf(value: unknown): string {
  return JSON.stringify([value]);
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
