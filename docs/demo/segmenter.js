/** The worker as a function that promises an answer. */
export class Segmenter {
  #worker = new Worker(new URL("worker.js", import.meta.url), {
    type: "module",
  });
  #waiting = new Map();
  #count = 0;

  constructor(assets, runtime) {
    this.place = { assets, script: runtime.script, wasm: runtime.wasm };
    this.#worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error === undefined) resolve(data.result);
      else reject(new Error(data.error));
    };
    this.#worker.onerror = () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error("The worker of this page could not be started."));
      }
      this.#waiting.clear();
    };
  }

  #ask(task, { graph, card }, image) {
    const id = this.#count++;
    const model = { ...this.place, graph, card };
    const moved = image ? [image.rgb.buffer] : [];
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, task, model, image }, moved);
    });
  }

  /** The card of a model, which is loaded if it is not yet. */
  load(model) {
    return this.#ask("load", model);
  }

  segment(model, image) {
    return this.#ask("segment", model, image);
  }
}
