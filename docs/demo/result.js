// A result is what one run gave: {bitmap, name, part, names, found, seconds}.

/** The instances with at least a score: each with its rank, name and text. */
export function instancesOf({ names, found }, minScore) {
  return found
    .map((one, rank) => ({ ...one, rank, name: names[one.label] }))
    .filter(({ score }) => score >= minScore)
    .map((one) => {
      const score = one.score.toFixed(2);
      const text = names.length > 1 ? `${one.name} ${score}` : score;
      return { ...one, text };
    });
}

/** The same in a line. */
export function summaryOf({ found, seconds }, instances, minScore) {
  const objects = instances.length === 1 ? "object" : "objects";
  return (
    `${instances.length} ${objects} with a score of at least ` +
    `${minScore.toFixed(2)}, of ${found.length} found in ` +
    `${seconds.toFixed(1)} s.`
  );
}
