// News may come without a pause, so whoever waits for silence may wait for ever.

/** Between two answers to news that do not end lie at least so many milliseconds. */
const LEAST = 1000;

/** A function that may be called as often as news come: the act follows `delay` milliseconds after the first call that it does not
 *  yet know of, and no sooner than `LEAST` after the act before. */
export function steadily(act, delay) {
  let wait, last = -LEAST;
  return () => {
    wait ??= setTimeout(() => {
      wait = undefined;
      last = performance.now();
      act();
    }, Math.max(delay, last + LEAST - performance.now()));
  };
}
