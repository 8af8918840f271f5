/** One call at a time; of those that come meanwhile, the last one alone. */
export function latest(task) {
  let running = false;
  let again = false;
  return async () => {
    again = running;
    if (running) return;
    running = true;
    do {
      again = false;
      await task(() => again);
    } while (again);
    running = false;
  };
}
