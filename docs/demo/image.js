/** Decodes a file or a picture of the page, or says that it is no image. */
export async function decode(source, name) {
  try {
    return await createImageBitmap(source, { colorSpaceConversion: "none" });
  } catch {
    throw new Error(
      `${name} is no image that this browser reads. PNG, JPEG and WebP are.`,
    );
  }
}

/** The pixels of a part of an image: {width, height, rgb}. */
export function pixels(bitmap, { left, top, width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, -left, -top);
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return { width, height, rgb };
}
