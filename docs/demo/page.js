import { drawOverview, drawPart } from "./draw.js";
import { decode, pixels } from "./image.js";
import { acceptFiles, offerExamples, offerModels } from "./inputs.js";
import { latest } from "./latest.js";
import { partOf, placeOf } from "./part.js";
import { instancesOf, summaryOf } from "./result.js";
import { Segmenter } from "./segmenter.js";
import { fillTable } from "./table.js";

const assets = new URL("assets/", import.meta.url).href;
const element = (name) => document.getElementById(`demo-${name}`);
const valueOf = (name) => Number(element(name).value);
const demo = document.getElementById("demo");
// What is chosen, the part of it that the model gets, and what it found there.
const chosen = { model: null, bitmap: null, name: "", isExample: true };
let seen = null;
let result = null;
let segmenter;
let runtime;

// === What is shown ===

function say(text) {
  element("status").textContent = text;
}

function complain(text) {
  element("error").textContent = text;
  element("error").hidden = !text;
}

function sizes() {
  const [model, wasm] = [chosen.model, runtime].map(({ bytes }) =>
    (bytes / 1e6).toFixed(1),
  );
  return `the model, ${model} MB, and its runtime, ${wasm} MB`;
}

function showPart() {
  const { bitmap, part } = seen;
  const cut = part.width < bitmap.width || part.height < bitmap.height;
  element("part").hidden = !cut;
  if (cut) drawOverview(element("overview"), bitmap, part);
}

function redraw() {
  if (seen) showPart();
  if (!result) return;
  const instances = instancesOf(result, valueOf("score"));
  drawPart(element("picture"), result.bitmap, result.part, instances);
}

function showResult() {
  const score = valueOf("score");
  element("score-value").textContent = score.toFixed(2);
  if (!result) return;
  element("result").hidden = false;
  redraw();
  const instances = instancesOf(result, score);
  const summary = summaryOf(result, instances, score);
  fillTable(element("table"), instances);
  element("picture").setAttribute("aria-label", `${result.name}: ${summary}`);
  say(summary);
}

// === What is done ===

function choosePart(card) {
  const { bitmap, model } = chosen;
  const [height, width] = card.image_size;
  const scale = model.scale && valueOf("scale");
  const place = [valueOf("across"), valueOf("down")];
  seen = { bitmap, part: partOf(bitmap, { height, width }, scale, ...place) };
  element("scale-field").hidden = !model.scale;
  showPart();
  return seen.part;
}

async function segment(outdated) {
  const { bitmap, model, name } = chosen;
  say(`Loading ${sizes()} …`);
  const card = await segmenter.load(model);
  if (outdated()) return;
  const part = choosePart(card);
  say("Looking for objects …");
  const start = performance.now();
  const found = await segmenter.segment(model, pixels(bitmap, part));
  const seconds = (performance.now() - start) / 1000;
  if (outdated()) return;
  result = { bitmap, name, part, names: card.class_names, found, seconds };
  showResult();
  const event = { bubbles: true, detail: result };
  demo.dispatchEvent(new CustomEvent("segmented", event));
}

const run = latest(async (outdated) => {
  try {
    await segment(outdated);
  } catch (error) {
    say("");
    complain(`This did not work: ${error.message}`);
  }
});

async function open(source, name, isExample) {
  try {
    const bitmap = await decode(source, name);
    Object.assign(chosen, { bitmap, name, isExample });
  } catch (error) {
    return complain(error.message);
  }
  complain("");
  return run();
}

async function chooseModel(model) {
  chosen.model = model;
  element("scale").value = model.scale ?? 0;
  const openExample = (picture) => open(picture, picture.alt, true);
  const place = element("examples");
  const pictures = offerExamples(place, model, assets, openExample);
  if (!chosen.bitmap) {
    return say(`Choose an image. Then ${sizes()}, are loaded, once.`);
  }
  if (!chosen.isExample) return run();
  await pictures[0].decode().catch(() => null);
  return openExample(pictures[0]);
}

function movePart({ offsetX, offsetY, target }) {
  const x = offsetX / target.clientWidth;
  const y = offsetY / target.clientHeight;
  const [across, down] = placeOf(seen.bitmap, seen.part, x, y);
  element("across").value = across;
  element("down").value = down;
  run();
}

async function start() {
  const answer = await fetch(new URL("demo.json", assets)).catch(() => null);
  if (!answer?.ok) {
    element("missing").hidden = false;
    return;
  }
  const facts = await answer.json();
  runtime = facts.runtime;
  segmenter = new Segmenter(assets, runtime);
  demo.hidden = false;
  offerModels(element("models"), facts.models, chooseModel);
  acceptFiles(demo, element("file"), (file) => open(file, file.name, false));
  element("score").addEventListener("input", showResult);
  for (const name of ["scale", "across", "down"]) {
    element(name).addEventListener("change", run);
  }
  element("overview").addEventListener("click", movePart);
  new ResizeObserver(redraw).observe(demo);
  await chooseModel(facts.models[0]);
}

await start();
