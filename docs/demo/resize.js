// Bilinear resizing to the bit as OpenCV's `resize` does it with bytes, which
// is what the models saw: weights in steps of 1/2048, and the rounding of its
// vector code.

const UNIT = 2048;

function nearestEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}

// For each pixel of one side: the two it comes from, and their weights.
function axis(from, to, endsHaveOneWeight) {
  const step = 1 / (to / from);
  const sources = [];
  for (let pixel = 0; pixel < to; pixel++) {
    const place = Math.fround((pixel + 0.5) * step - 0.5);
    let low = Math.floor(place);
    let part = Math.fround(place - low);
    if (endsHaveOneWeight && (low < 0 || low >= from - 1)) {
      low = low < 0 ? 0 : from - 1;
      part = 0;
    }
    sources.push({
      low: Math.min(Math.max(low, 0), from - 1),
      high: Math.min(Math.max(low + 1, 0), from - 1),
      lowWeight: nearestEven(Math.fround(1 - part) * UNIT),
      highWeight: nearestEven(part * UNIT),
    });
  }
  return sources;
}

function resizedRow(image, row, columns) {
  const values = new Int32Array(3 * columns.length);
  const first = 3 * image.width * row;
  columns.forEach(({ low, high, lowWeight, highWeight }, column) => {
    for (let channel = 0; channel < 3; channel++) {
      values[3 * column + channel] =
        image.rgb[first + 3 * low + channel] * lowWeight +
        image.rgb[first + 3 * high + channel] * highWeight;
    }
  });
  return values;
}

/** An image is {width, height, rgb}, three bytes a pixel. */
export function resize(image, width, height) {
  const columns = axis(image.width, width, true);
  const rgb = new Uint8Array(3 * width * height);
  const done = new Map();
  const rowOf = (row) => {
    if (!done.has(row)) done.set(row, resizedRow(image, row, columns));
    return done.get(row);
  };
  axis(image.height, height, false).forEach((source, row) => {
    const low = rowOf(source.low);
    const high = rowOf(source.high);
    for (let i = 0; i < low.length; i++) {
      const sum =
        ((source.lowWeight * (low[i] >> 4)) >> 16) +
        ((source.highWeight * (high[i] >> 4)) >> 16);
      rgb[row * low.length + i] = (sum + 2) >> 2;
    }
    for (const passed of done.keys()) {
      if (passed < source.low) done.delete(passed);
    }
  });
  return { width, height, rgb };
}
