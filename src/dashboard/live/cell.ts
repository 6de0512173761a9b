/** A value that changes, and those who show it. */
import { useLayoutEffect, useState } from 'preact/hooks';

export class Cell<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  /** Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The value now; the component is drawn again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [shown, show] = useState({ value: cell.value });
  useLayoutEffect(() => {
    const update = (): void => show({ value: cell.value });
    // It may have changed since it was drawn.
    update();
    return cell.subscribe(update);
  }, [cell]);
  return shown.value;
}
