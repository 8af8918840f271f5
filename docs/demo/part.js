/**
 * The part of an image that the model gets, in pixels: as much as the canvas
 * shows at a scale (canvas pixels an image pixel), or, without one, all of it.
 *
 * across, down: where it lies, from 0 (left, top) to 1 (right, bottom).
 */
export function partOf(image, canvas, scale, across, down) {
  const side = (all, onCanvas) =>
    scale ? Math.min(all, Math.round(onCanvas / scale)) : all;
  const width = side(image.width, canvas.width);
  const height = side(image.height, canvas.height);
  return {
    left: Math.round((image.width - width) * across),
    top: Math.round((image.height - height) * down),
    width,
    height,
  };
}

/** across and down of the part around a point; x and y are from 0 to 1. */
export function placeOf(image, part, x, y) {
  const place = (at, all, seen) => (at * all - seen / 2) / (all - seen || 1);
  return [
    place(x, image.width, part.width),
    place(y, image.height, part.height),
  ];
}
