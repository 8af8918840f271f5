// Puts raw images on canvases: node letterbox.mjs LETTERBOX.JS, JSON on stdin.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { onCanvas } = await import(pathToFileURL(process.argv[2]));
const cases = JSON.parse(readFileSync(0, "utf8"));
const canvases = cases.map(({ width, height, rgb, canvas, padValue }) => {
  const image = { width, height, rgb: Buffer.from(rgb, "base64") };
  return Buffer.from(onCanvas(image, canvas, padValue)).toString("base64");
});
process.stdout.write(JSON.stringify(canvases));
