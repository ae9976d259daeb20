import { KEYS_TOLD, SETTING_WORDS } from "./access-configuration.ts";
import type { SettingChange } from "./access-settings.ts";
import { stackFileTexts, type StackText } from "./access-stack-file.ts";
import { type Configuration, NAMESPACE } from "./configuration.ts";
import { declaredSecrets, type SecretSource } from "./declared-secrets.ts";
import { isMap, isList, type JsonValue } from "./snapshot-value.ts";

/** What a stack's file says that no resource tells. */
export interface StackSettings {
  readonly channel: string;
  /** Whether repositories, roles, rulesets and environments are protected from deletion. */
  readonly protect: boolean;
  /** Keys of the configuration that are told as settings. */
  readonly keys: Readonly<Record<string, JsonValue>>;
  /** Where secrets come from, in words; never what they are. */
  readonly secrets: readonly {
    readonly environment: string;
    readonly name: string;
    readonly source: string;
  }[];
  /** What is compared and never shown. */
  readonly texts: readonly StackText[];
}

/**
 * What the file of a stack says beside its resources.
 * @param file the whole file, parsed
 */
export function stackSettings(configuration: Configuration, file: unknown): StackSettings {
  const { channel, protect } = configuration;
  const told = Object.entries<JsonValue>(configuration).filter(
    ([key]) => KEYS_TOLD[key as keyof Configuration] === "setting",
  );
  const secrets = declaredSecrets(configuration);
  return {
    channel,
    protect,
    keys: Object.fromEntries(told),
    secrets: secrets.map(({ environment, name, source }) => ({
      environment,
      name,
      source: sourceWords(source),
    })),
    texts: stackFileTexts(file, secrets),
  };
}

/**
 * What changes of what no resource shows.
 * @param old absent for a stack that is new, or that cannot be told
 */
export function stackSettingChanges(
  stack: string,
  old: StackSettings | undefined,
  now: StackSettings,
): readonly SettingChange[] {
  return [
    ...partChanges(stack, old === undefined ? [] : partsOf(old), partsOf(now)),
    ...sourceChanges(old?.secrets ?? [], now.secrets),
    ...textChanges(stack, old?.texts ?? [], now.texts),
  ];
}

/** One value of a setting: an element of a list is there or is not, another value may change. */
interface Part {
  readonly key: string;
  readonly setting: string;
  readonly value: string;
}

function partsOf({ keys }: StackSettings): readonly Part[] {
  return Object.entries(keys).flatMap(([key, value]): readonly Part[] => {
    const setting = SETTING_WORDS[key] ?? `${NAMESPACE}${key}`;
    if (isList(value)) {
      return value.map((one) => ({ key: `${setting} ${words(one)}`, setting, value: words(one) }));
    }
    if (isMap(value)) {
      return Object.entries(value).map(([name, one]) => {
        const place = `${setting} ${name}`;
        return { key: place, setting: place, value: words(one) };
      });
    }
    return value === "" ? [] : [{ key: setting, setting, value: words(value) }];
  });
}

function partChanges(
  stack: string,
  old: readonly Part[],
  now: readonly Part[],
): readonly SettingChange[] {
  const [before, after] = [old, now].map((parts) => new Map(parts.map((one) => [one.key, one])));
  const keys = new Set([...(after?.keys() ?? []), ...(before?.keys() ?? [])]);
  return [...keys].flatMap((key): readonly SettingChange[] => {
    const [was, is] = [before?.get(key), after?.get(key)];
    if (was?.value === is?.value) return [];
    return [
      {
        ...{ kind: "setting", of: "stack", holder: stack },
        setting: (is ?? was)?.setting ?? key,
        ...(was !== undefined && { old: was.value }),
        ...(is !== undefined && { new: is.value }),
      },
    ];
  });
}

function sourceChanges(
  old: StackSettings["secrets"],
  now: StackSettings["secrets"],
): readonly SettingChange[] {
  const before = new Map(old.map((secret) => [holderOf(secret), secret.source]));
  return now.flatMap((secret): readonly SettingChange[] => {
    const holder = holderOf(secret);
    const source = before.get(holder);
    // Of a secret that is new or gone its resource tells.
    if (source === undefined || source === secret.source) return [];
    return [
      { kind: "setting", of: "secret", holder, setting: "source", old: source, new: secret.source },
    ];
  });
}

/** That a text changed; a text may be a secret's. */
function textChanges(
  stack: string,
  old: readonly StackText[],
  now: readonly StackText[],
): readonly SettingChange[] {
  const [before, after] = [old, now].map((texts) => new Map(texts.map((one) => [keyOf(one), one])));
  const keys = new Set([...(after?.keys() ?? []), ...(before?.keys() ?? [])]);
  return [...keys].flatMap((key): readonly SettingChange[] => {
    const [was, is] = [before?.get(key), after?.get(key)];
    const one = is ?? was;
    if (one === undefined || was?.text === is?.text) return [];
    return [
      {
        kind: "setting",
        ...(one.secret === undefined
          ? { of: "stack", holder: stack }
          : { of: "secret", holder: one.secret }),
        setting: one.setting,
        ...(was !== undefined && { old: "set" }),
        ...(is !== undefined && { new: was === undefined ? "set" : "replaced" }),
      },
    ];
  });
}

function keyOf({ secret, setting }: StackText): string {
  return JSON.stringify([secret, setting]);
}

function sourceWords(source: SecretSource): string {
  if (source === "sealed") return source;
  return "config" in source
    ? `the stack's secret ${NAMESPACE}${source.config}`
    : `the environment variable ${source.variable}`;
}

function words(value: JsonValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function holderOf({ environment, name }: StackSettings["secrets"][number]): string {
  return `${environment}/${name}`;
}
