// Brings masks home: node masks.mjs DEMO_FOLDER, a JSON case on stdin.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const module = (name) => import(pathToFileURL(join(process.argv[2], name)));
const { resizedSize } = await module("letterbox.js");
const { maskHome, wayHome } = await module("masks.js");
const { image, canvas, stride, grid, masks } = JSON.parse(
  readFileSync(0, "utf8"),
);
const way = wayHome(image, resizedSize(image, canvas), stride, grid);
const found = masks.map((values) => {
  const mask = maskHome(Float32Array.from(values), way, 0.5);
  return { ...mask, inside: Array.from(mask.inside) };
});
process.stdout.write(JSON.stringify(found));
