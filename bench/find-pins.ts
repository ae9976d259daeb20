/**
 * Finds the pins of a tree, as a process of its own, and prints how many.
 *
 *   node bench/find-pins.ts FOLDER IMAGES    IMAGES: managed images as JSON
 */
import { findPlaces } from "../cli/pins/tree/find-places.ts";
import { attribute } from "../rules/pins/attribution.ts";
import type { ManagedImages } from "../rules/pins/managed-images.ts";

const [folder = "", images = ""] = process.argv.slice(2);
const { places, files } = await findPlaces(folder, JSON.parse(images) as ManagedImages);
console.log(JSON.stringify({ places: attribute(places, new Map()).length, files }));
