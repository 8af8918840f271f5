// From the mask grid back to the pixels of the image.

// For each pixel of one side: the two points it lies between, and how far.
function axis(pixels, onCanvas, stride, points) {
  const low = new Int32Array(pixels);
  const high = new Int32Array(pixels);
  const weight = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const place = ((pixel + 0.5) * onCanvas) / pixels / stride - 0.5;
    const inside = Math.min(Math.max(place, 0), points - 1);
    low[pixel] = Math.floor(inside);
    high[pixel] = Math.min(low[pixel] + 1, points - 1);
    weight[pixel] = inside - low[pixel];
  }
  return { low, high, weight };
}

/** How the pixels of an image lie on the mask grid. */
export function wayHome(image, resized, stride, grid) {
  return {
    rows: axis(image.height, resized.height, stride, grid.height),
    columns: axis(image.width, resized.width, stride, grid.width),
    grid,
  };
}

// First and last point with a value above the threshold, of rows and columns.
function span(values, grid, threshold) {
  const found = { top: Infinity, bottom: -1, left: Infinity, right: -1 };
  for (let y = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++) {
      if (values[y * grid.width + x] <= threshold) continue;
      found.top = Math.min(found.top, y);
      found.bottom = y;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
    }
  }
  return found;
}

// The pixels that have such a point beside them: from, to (exclusive).
function touched({ low, high }, first, last) {
  let from = 0;
  while (from < low.length && high[from] < first) from++;
  let to = from;
  while (to < low.length && low[to] <= last) to++;
  return [from, to];
}

/**
 * A mask in pixels: {left, top, width, height, inside}, the window that it is
 * in and a byte for each pixel of that.
 */
export function maskHome(values, { rows, columns, grid }, threshold) {
  const { top, bottom, left, right } = span(values, grid, threshold);
  const [firstRow, endRow] = touched(rows, top, bottom);
  const [firstColumn, endColumn] = touched(columns, left, right);
  const width = endColumn - firstColumn;
  const inside = new Uint8Array(width * (endRow - firstRow));
  const across = (point, x) => {
    const low = values[point * grid.width + columns.low[x]];
    const high = values[point * grid.width + columns.high[x]];
    return low + (high - low) * columns.weight[x];
  };
  for (let y = firstRow; y < endRow; y++) {
    for (let x = firstColumn; x < endColumn; x++) {
      const low = across(rows.low[y], x);
      const high = across(rows.high[y], x);
      const value = low + (high - low) * rows.weight[y];
      inside[(y - firstRow) * width + x - firstColumn] = value > threshold;
    }
  }
  const window = { left: firstColumn, top: firstRow, width };
  return { ...window, height: endRow - firstRow, inside };
}
