import type { EcrRetention, GraphDigest, RegistryWord } from "../../rules/pins/graph.ts";
import type { ManagedImages } from "../../rules/pins/managed-images.ts";
import { pinName } from "../../rules/names.ts";
import { printable } from "../../rules/printable.ts";
import { noPinText } from "./pins-check.ts";
import { wrapped } from "./wrapped.ts";

/** The graph, and what it is of. */
export interface PinsGraphReport {
  readonly graph: readonly GraphDigest[];
  /** Digests at places of which nobody knows the image. */
  readonly unknown: number;
  /** Labels of the images that were asked for; none: all. */
  readonly only: readonly string[];
  /** Name of the stack. */
  readonly stack: string;
  readonly managed: ManagedImages;
  readonly offline: boolean;
}

const MOST_PLACES = 20;
/** Characters of what others wrote that are shown. */
const LONGEST = 300;
const REGISTRY_STATES: Readonly<Record<RegistryWord["state"], string>> = {
  there: "on       ",
  missing: "not on   ",
  incomplete: "not whole",
  unchecked: "not asked",
};

/** The graph for people, digest by digest; at the end what it is of. */
export function pinsGraphText(report: PinsGraphReport): string {
  return [
    ...report.graph.map((node) => textOf(node, report)),
    ...wrapped(summary(report), "", "  "),
  ].join("\n");
}

function textOf(node: GraphDigest, report: PinsGraphReport): string {
  const { image, digest, places, users, seen, channels, names, registries, ecr } = node;
  const lines = places.slice(0, MOST_PLACES).map(({ file, line }) => `${shown(file)}:${line}`);
  const more = places.length - lines.length;
  // What retention says of it is its name.
  const isPin = ecr.some((one) => one.state === "kept" && one.by === "pin");
  const called = names.filter((name) => !(isPin && name.endsWith(`:${pinName(digest)}`)));
  return [
    `${image} ${digest}`,
    ...lines.map((place) => `  used in   ${place}`),
    ...(more > 0 ? [`  used in   ${more} more places; --json lists them`] : []),
    ...users.map((user) => `  used by   ${shown(user)}, seen ${seen ?? "never"}`),
    ...channels.map((channel) => `  published by channel ${channel}`),
    ...called.map((name) => `  called    ${name}`),
    ...registries.map(({ repository, state, detail }) => {
      const why = detail === undefined || state === "missing" ? "" : `: ${shown(detail)}`;
      return `  ${REGISTRY_STATES[state]} ${repository}${why}`;
    }),
    ...ecr.map((one) => {
      const where = ecr.length > 1 ? ` (${one.path})` : "";
      return `  retention ${retentionText(one, node, report)}${where}`;
    }),
  ].join("\n");
}

function retentionText(one: EcrRetention, node: GraphDigest, report: PinsGraphReport): string {
  switch (one.state) {
    case "kept":
      return one.by === "pin"
        ? "kept on ECR by its pin- name"
        : "nothing takes it from ECR for a year";
    case "goes":
      return `goes from ECR within a year: ${one.rule}`;
    case "absent":
      return "not on ECR";
    case "unasked":
      return `not known: ECR was not asked (${shown(one.reason)})`;
    case "elsewhere":
      return elsewhereText(one, node, report);
  }
}

/** Nothing deletes on registries other than ECR; what is not there nothing has to keep. */
function elsewhereText(
  { path }: EcrRetention,
  { image, registries }: GraphDigest,
  { offline }: PinsGraphReport,
): string {
  const carries = `ECR does not carry ${image}`;
  const states = registries
    .filter(({ repository }) => repository.endsWith(`/${path}`))
    .map(({ state }) => state);
  if (states.includes("there")) return `nothing deletes it: ${carries}`;
  if (states.includes("incomplete")) return `not whole on its registry; ${carries}`;
  if (states.includes("missing")) return `not on its registry; ${carries}`;
  return `${carries}; its registry was not asked${offline ? " (--offline)" : ""}`;
}

function summary({ graph, unknown, only, ...report }: PinsGraphReport): string {
  const left =
    unknown === 0 ? "" : `; left out: ${count(unknown, "place")} whose image is not known`;
  if (graph.length === 0) {
    if (only.length === 0) return `${noPinText(report)}${left}`;
    return `no digest of ${only.join(", ")} is used, neither in the tree nor by Pins.${report.stack}.yaml${left}`;
  }
  const images = new Set(graph.map(({ image }) => image)).size;
  const has = (test: (node: GraphDigest) => boolean) => graph.filter(test).length;
  const parts = [
    `${has(({ places }) => places.length > 0)} in the tree`,
    `${has(({ users }) => users.length > 0)} used by others`,
    `${has(({ channels }) => channels.length > 0)} published`,
    `${has(isLost)} not on a registry of its users`,
  ];
  const asked = report.offline ? "; asked no registry (--offline)" : "";
  return `${count(graph.length, "digest")} of ${count(images, "image")}: ${parts.join(", ")}${left}${asked}`;
}

function isLost({ registries }: GraphDigest): boolean {
  return registries.some(({ state }) => state === "missing");
}

function shown(text: string): string {
  return printable(text, LONGEST);
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
