import { SLICE_MS } from './limits.js';

/** How many items are worth a look at the clock. */
const ITEMS_PER_LOOK = 32;

/** Goes on in a turn of the event loop that belongs to the caller alone. */
export function ownTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Does something with each item, without holding up the event loop for longer than a slice. */
export async function inSlices<Item>(
  items: Iterable<Item>,
  each: (item: Item) => void,
): Promise<void> {
  let endsAt = performance.now() + SLICE_MS;
  let count = 0;
  for (const item of items) {
    each(item);
    if (++count % ITEMS_PER_LOOK !== 0 || performance.now() < endsAt) continue;
    await ownTurn();
    endsAt = performance.now() + SLICE_MS;
  }
}
