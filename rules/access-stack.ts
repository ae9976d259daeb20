import type { SettingChange } from "./access-settings.ts";

/** Settings of a stack that no resource has, as its file says them. */
export interface StackSettings {
  readonly channel: string;
  /** Whether repositories, roles, rulesets and environments are protected from deletion. */
  readonly protect: boolean;
  /** Slugs of the teams that make refs that publish; rulesets have their numbers, which no plan knows. */
  readonly refCreators: readonly string[];
  /** Where secrets come from, in words; never what they are. */
  readonly secrets: readonly {
    readonly environment: string;
    readonly name: string;
    readonly source: string;
  }[];
}

/** What changes of the settings that no resource shows. */
export function stackSettingChanges(
  stack: string,
  old: StackSettings,
  now: StackSettings,
): readonly SettingChange[] {
  const before = new Map(old.secrets.map((secret) => [holderOf(secret), secret.source]));
  const sources = now.secrets.flatMap((secret): readonly SettingChange[] => {
    const holder = holderOf(secret);
    const source = before.get(holder);
    // Of a secret that is new or gone its resource tells.
    if (source === undefined || source === secret.source) return [];
    return [
      { kind: "setting", of: "secret", holder, setting: "source", old: source, new: secret.source },
    ];
  });
  const creators = {
    kind: "setting",
    of: "stack",
    holder: stack,
    setting: "makes refs that publish (team)",
  } as const;
  const teams: readonly SettingChange[] = [
    ...beyond(now.refCreators, old.refCreators).map((team) => ({ ...creators, new: team })),
    ...beyond(old.refCreators, now.refCreators).map((team) => ({ ...creators, old: team })),
  ];
  const yesOrNo = (is: boolean) => (is ? "yes" : "no");
  const protection: SettingChange = {
    kind: "setting",
    of: "stack",
    holder: stack,
    setting: "protected from deletion",
    old: yesOrNo(old.protect),
    new: yesOrNo(now.protect),
  };
  return [...(old.protect === now.protect ? [] : [protection]), ...teams, ...sources];
}

function beyond(these: readonly string[], those: readonly string[]): readonly string[] {
  return these.filter((one) => !those.includes(one));
}

function holderOf({ environment, name }: StackSettings["secrets"][number]): string {
  return `${environment}/${name}`;
}
