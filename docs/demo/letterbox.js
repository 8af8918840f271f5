import { resize } from "./resize.js";

/** The size of an image on its canvas: as large as it fits. */
export function resizedSize(image, canvas) {
  const scale = Math.min(
    canvas.height / image.height,
    canvas.width / image.width,
  );
  const side = (pixels) => Math.max(1, Math.floor(pixels * scale + 0.5));
  return { width: side(image.width), height: side(image.height) };
}

/** The bytes of a canvas with the image at its top left. */
export function onCanvas(image, canvas, padValue) {
  const size = resizedSize(image, canvas);
  const resized = resize(image, size.width, size.height);
  const bytes = new Uint8Array(3 * canvas.width * canvas.height);
  const pad = padValue.map(Math.round);
  for (let i = 0; i < bytes.length; i++) bytes[i] = pad[i % 3];
  for (let row = 0; row < size.height; row++) {
    const first = 3 * size.width * row;
    const line = resized.rgb.subarray(first, first + 3 * size.width);
    bytes.set(line, 3 * canvas.width * row);
  }
  return bytes;
}
