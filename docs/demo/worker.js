// Models run here, so that the page answers while they do.
import { Model } from "./model.js";

const models = new Map();
let runtime;

async function load({ assets, script, wasm, graph, card }) {
  runtime ??= await import(new URL(script, assets));
  // Several threads would need a server that isolates the page.
  runtime.env.wasm.numThreads = 1;
  runtime.env.wasm.wasmPaths = { wasm: new URL(wasm, assets).href };
  const answers = await Promise.all([
    fetch(new URL(graph, assets)),
    fetch(new URL(card, assets)),
  ]);
  for (const answer of answers) {
    if (!answer.ok) throw new Error(`${answer.url} could not be loaded.`);
  }
  const bytes = new Uint8Array(await answers[0].arrayBuffer());
  return Model.load(runtime, bytes, await answers[1].json());
}

async function loaded(wanted) {
  if (!models.has(wanted.graph)) models.set(wanted.graph, load(wanted));
  try {
    return await models.get(wanted.graph);
  } catch (error) {
    models.delete(wanted.graph);
    throw error;
  }
}

const tasks = {
  async load({ model }) {
    return (await loaded(model)).card;
  },
  async segment({ model, image }) {
    return (await loaded(model)).segment(image);
  },
};

self.onmessage = async ({ data }) => {
  try {
    const result = await tasks[data.task](data);
    self.postMessage({ id: data.id, result });
  } catch (error) {
    self.postMessage({ id: data.id, error: error.message });
  }
};
