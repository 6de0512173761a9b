/** Finds the filters that match a topic name: a tree of levels, so that the number of filters does not matter. */
import { levelsOf } from './filter.js';

interface Node<T> {
  children: Map<string, Node<T>> | undefined;
  value: T | undefined;
}

export class FilterIndex<T> {
  readonly #root: Node<T> = emptyNode();

  set(filter: string, value: T): void {
    let node = this.#root;
    for (const level of levelsOf(filter)) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = emptyNode();
        node.children.set(level, child);
      }
      node = child;
    }
    node.value = value;
  }

  delete(filter: string): void {
    remove(this.#root, levelsOf(filter), 0);
  }

  /** The values of all filters that match, in no particular order. */
  match(topic: string): T[] {
    const found: T[] = [];
    collect(this.#root, levelsOf(topic), 0, found);
    return found;
  }
}

function emptyNode<T>(): Node<T> {
  return { children: undefined, value: undefined };
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, found: T[]): void {
  const { children } = node;
  const level = levels[depth];
  // Wildcards at the first level do not match `$` topics [MQTT-4.7.2-1].
  const wild = depth > 0 || !level?.startsWith('$');
  if (level === undefined) {
    if (node.value !== undefined) found.push(node.value);
  } else if (children !== undefined) {
    const literal = children.get(level);
    if (literal !== undefined) collect(literal, levels, depth + 1, found);
    const plus = wild ? children.get('+') : undefined;
    if (plus !== undefined) collect(plus, levels, depth + 1, found);
  }
  // Also at the end: `a/#` matches `a`.
  const rest = wild ? children?.get('#')?.value : undefined;
  if (rest !== undefined) found.push(rest);
}

/** Returns whether the node is empty now and can go. */
function remove<T>(node: Node<T>, levels: readonly string[], depth: number): boolean {
  const level = levels[depth];
  if (level === undefined) node.value = undefined;
  else {
    const child = node.children?.get(level);
    if (child !== undefined && remove(child, levels, depth + 1)) node.children?.delete(level);
  }
  return node.value === undefined && (node.children === undefined || node.children.size === 0);
}
