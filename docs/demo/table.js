/** Fills a table with what was found: the picture in words. */
export function fillTable(body, instances) {
  const rows = instances.map(({ name, score, mask }) => {
    const area = mask.inside.reduce((sum, inside) => sum + inside, 0);
    const row = document.createElement("tr");
    const { left, top, width, height } = mask;
    const box = `${left}, ${top}, ${width} × ${height}`;
    for (const text of [name, score.toFixed(2), area, box]) {
      row.insertCell().textContent = text;
    }
    return row;
  });
  body.replaceChildren(...rows);
}
