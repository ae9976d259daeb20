import { isDeepStrictEqual } from "node:util";
import type { ECR } from "@aws-sdk/client-ecr";
import { pinName } from "../rules/names.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import { DeclaredPins } from "./declared-pins.ts";
import type { EcrPins } from "./ecr-pins.ts";
import { PinInputs, pinProblems, RecordedPin } from "./pin-inputs.ts";
import { holdsUnknown, type Properties, revealed } from "./property-values.ts";
import type { ResourceProvider } from "./resource-provider.ts";
import { labelOf } from "./urn.ts";

/**
 * The resource type `slipway:index:PinName`: the name that keeps a digest on ECR from retention while code somewhere has it
 * written. Outputs are the inputs, `contents` and `pinned`. What is not there cannot be kept, and `warn` is told: it has no
 * contents, until a refresh finds it there.
 *
 * Deleting one takes that name away and never an image: one that has no other name keeps it, since ECR deletes an image with
 * its last name, and `warn` is told. What another pin that is declared keeps is left alone.
 */
export function pinNameProvider(warn: (line: string) => void): ResourceProvider {
  const declared = new DeclaredPins();
  const clients = new Map<string, Promise<ECR>>();

  const pinsOf = async (inputs: PinInputs): Promise<EcrPins> => {
    const { region, endpoint } = inputs.account;
    const key = JSON.stringify([region, endpoint]);
    const ecr = clients.get(key) ?? clientOf(region, endpoint);
    clients.set(key, ecr);
    const { EcrPins } = await import("./ecr-pins.ts");
    return new EcrPins(await ecr, inputs);
  };
  const put = async (urn: string, properties: unknown): Promise<Properties> => {
    const inputs = inputsOf(urn, revealed(properties));
    const { contents, fault } = await (await pinsOf(inputs)).put(inputs.digest);
    // No update of a stack brings it back: the stack's images are not to wait until somebody has taken the pin out.
    if (fault !== undefined) {
      warn(`${fault}; slipway pins protect tells who has it, and takes it out of the stack's file`);
    }
    declared.note(inputs, contents);
    return { ...inputs, contents: [...contents], pinned: [...contents] };
  };

  return {
    async check(_urn: string, _olds: unknown, news: unknown) {
      const plain = revealed(news);
      const problems = pinProblems(plain);
      const inputs = PinInputs.safeParse(plain).data;
      if (inputs !== undefined && !holdsUnknown(inputs)) declared.note(inputs, [inputs.digest]);
      return {
        inputs: news,
        failures: problems.map(({ path, message }) => ({ property: path, reason: message })),
      };
    },

    async diff(_id: string, _urn: string, olds: unknown, news: unknown) {
      const old = RecordedPin.safeParse(revealed(olds)).data;
      const wanted = revealed(news);
      const diffs = ["account", "repository", "digest"].filter(
        (property) => !isDeepStrictEqual(old?.[property as keyof PinInputs], wanted[property]),
      );
      // The address of the cloud of this machine changes from start to start, and what is there does not.
      const isMoved = !isDeepStrictEqual(placeOf(old?.account), placeOf(wanted["account"]));
      const replaces = diffs.filter((property) => property !== "account" || isMoved);
      if (old !== undefined && replaces.length === 0) {
        declared.note(old, old.contents);
        if (old.contents.some((digest) => !old.pinned.includes(digest))) diffs.push("pinned");
      }
      return { changes: diffs.length > 0, diffs, replaces };
    },

    async create(urn: string, inputs: unknown) {
      const outs = await put(urn, inputs);
      return { id: `${String(outs["repository"])}@${String(outs["digest"])}`, outs };
    },

    async read(id: string, urn: string, props?: unknown) {
      const old = recordedIn(urn, props);
      const pins = await pinsOf(old);
      // Somebody may have pushed it meanwhile.
      const contents = old.contents.length > 0 ? old.contents : await pins.contents(old.digest);
      const pinned = await pins.named(contents);
      return { id, props: { ...old, contents: [...contents], pinned: [...pinned] } };
    },

    async update(_id: string, urn: string, _olds: unknown, news: unknown) {
      return { outs: await put(urn, news) };
    },

    async delete(_id: string, urn: string, props: unknown) {
      const old = recordedIn(urn, props);
      const pins = await pinsOf(old);
      // An index before what it lists.
      for (const digest of old.contents.toReversed()) {
        if (declared.has(old, digest)) continue;
        if ((await pins.release(digest)) === "last name") {
          warn(
            `${old.repository}: ${pinName(digest)} is the last name of ${digest} and stays, since ECR deletes an image with its last name; docs/retention.md, "Releasing a pin"`,
          );
        }
      }
    },
  };
}

async function clientOf(region: string, endpoint: string | undefined): Promise<ECR> {
  // Loaded at the first request: a plan asks nobody and need not wait for AWS's library.
  const { ECR } = await import("@aws-sdk/client-ecr");
  if (endpoint === undefined) return new ECR({ region });
  // The emulator takes any.
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new ECR({ region, endpoint, credentials });
}

function placeOf(account: unknown): unknown {
  const { accountId, region } = revealed(account);
  return [accountId, region];
}

/** @throws ProblemsError unless the properties are right and known */
function inputsOf(urn: string, properties: Properties): PinInputs {
  const problems = pinProblems(properties);
  if (problems.length > 0) throw new ProblemsError(labelOf(urn), problems);
  return PinInputs.parse(properties);
}

function recordedIn(urn: string, props: unknown): RecordedPin {
  const { data } = RecordedPin.safeParse(revealed(props));
  if (data !== undefined) return data;
  throw new UserError(
    `${labelOf(urn)}: a PinName cannot be imported: declare it and run up, which adopts what is there`,
  );
}
