// Pictures: the part of the image with its masks, and where that part lies.

/** The colour of an instance, [red, green, blue]; neighbours in rank differ. */
export function colorOf(rank) {
  const hue = (rank * 137.5) % 360;
  const channel = (shift) => {
    const place = (shift + hue / 30) % 12;
    const wave = Math.max(-1, Math.min(place - 3, 9 - place, 1));
    return Math.round(255 * (0.55 - 0.42 * wave));
  };
  return [channel(0), channel(8), channel(4)];
}

function paintMask(layer, mask, [red, green, blue], outline) {
  const { left, top, width, height, inside } = mask;
  const at = (x, y) =>
    x >= 0 && x < width && y >= 0 && y < height && inside[y * width + x];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!at(x, y)) continue;
      const within =
        at(x - outline, y) &&
        at(x + outline, y) &&
        at(x, y - outline) &&
        at(x, y + outline);
      const pixel = 4 * ((top + y) * layer.width + left + x);
      layer.data.set([red, green, blue, within ? 100 : 255], pixel);
    }
  }
}

function maskLayer({ width, height }, instances, outline) {
  const layer = new ImageData(width, height);
  for (const { rank, mask } of [...instances].reverse()) {
    paintMask(layer, mask, colorOf(rank), outline);
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(layer, 0, 0);
  return canvas;
}

function drawText(context, text, x, y, size) {
  context.font = `${size}px system-ui, sans-serif`;
  context.textBaseline = "top";
  const width = context.measureText(text).width + size / 2;
  const left = Math.max(0, Math.min(x, context.canvas.width - width));
  const above = Math.max(0, y - 1.25 * size);
  context.fillStyle = "rgb(0 0 0 / 65%)";
  context.fillRect(left, above, width, 1.25 * size);
  context.fillStyle = "white";
  context.fillText(text, left + size / 4, above + size / 8);
}

/**
 * Draws a part of an image as wide as the page shows the canvas.
 *
 * instances: of that part, each {rank, mask, text}.
 */
export function drawPart(canvas, bitmap, part, instances) {
  const density = window.devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * density);
  const zoom = canvas.width / part.width;
  canvas.height = Math.max(1, Math.round(part.height * zoom));
  const context = canvas.getContext("2d");
  const whole = [0, 0, canvas.width, canvas.height];
  const { left, top, width, height } = part;
  context.drawImage(bitmap, left, top, width, height, ...whole);
  if (!instances.length) return;
  const outline = Math.max(1, Math.round(1.5 / zoom));
  context.imageSmoothingEnabled = zoom < 1;
  context.drawImage(maskLayer(part, instances, outline), ...whole);
  for (const { mask, text } of [...instances].reverse()) {
    const first = mask.inside.indexOf(1);
    if (first < 0) continue;
    const x = mask.left + (first % mask.width);
    const y = mask.top + Math.floor(first / mask.width);
    drawText(context, text, x * zoom, y * zoom, 11 * density);
  }
}

/** Draws the whole image, and a frame around a part of it. */
export function drawOverview(canvas, bitmap, part) {
  const density = window.devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * density);
  const zoom = canvas.width / bitmap.width;
  canvas.height = Math.max(1, Math.round(bitmap.height * zoom));
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const frame = [part.left, part.top, part.width, part.height];
  for (const [color, line] of [
    ["black", 4],
    ["white", 2],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = line * density;
    context.strokeRect(...frame.map((pixels) => pixels * zoom));
  }
}
