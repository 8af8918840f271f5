import { onCanvas, resizedSize } from "./letterbox.js";
import { maskHome, wayHome } from "./masks.js";

/** An exported model: a session of ONNX Runtime, and the card beside it. */
export class Model {
  constructor(ort, session, card) {
    this.ort = ort;
    this.session = session;
    this.card = card;
    const [height, width] = card.image_size;
    this.canvas = { height, width };
  }

  static async load(ort, graph, card) {
    return new Model(ort, await ort.InferenceSession.create(graph), card);
  }

  /** What is in an image {width, height, rgb}, the best first. */
  async segment(image) {
    const { canvas, card } = this;
    const bytes = onCanvas(image, canvas, card.letterbox.pad_value);
    const shape = [1, canvas.height, canvas.width, 3];
    const found = await this.session.run({
      [card.input]: new this.ort.Tensor("uint8", bytes, shape),
    });
    const [, , height, width] = found.masks.dims;
    const grid = { height, width };
    const resized = resizedSize(image, canvas);
    const way = wayHome(image, resized, card.mask_stride, grid);
    const area = height * width;
    return Array.from({ length: found.num_detections.data[0] }, (_, slot) => {
      const values = found.masks.data.subarray(slot * area, (slot + 1) * area);
      return {
        label: found.labels.data[slot],
        score: found.confidence.data[slot],
        mask: maskHome(values, way, card.mask_threshold),
      };
    });
  }
}
