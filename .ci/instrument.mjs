/** Puts a counter into each block of compiled code, so that the fuzzer sees which way an input has gone. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { full } from 'acorn-walk';

/** @typedef {import('acorn').AnyNode} AnyNode */

/**
 * Counters for all scripts below these folders. Returns how many there are.
 * @param {string[]} folders
 */
export function instrument(folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => join(folder, name))
      .sort(),
  );
  const numbering = { next: 0 };
  const sources = files.map((file) => instrumented(readFileSync(file, 'utf8'), numbering));
  const head = `const fuzzCounters = (globalThis.fuzzCounters ??= new Uint32Array(${numbering.next}));`;
  files.forEach((file, i) => writeFileSync(file, `${head} ${sources[i]}`));
  return numbering.next;
}

/**
 * @param {string} code of a module
 * @param {{ next: number }} numbering
 */
function instrumented(code, numbering) {
  const edits = new Edits(numbering);
  full(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => visit(node, edits));
  return edits.apply(code);
}

/**
 * Children come before their parents.
 * @param {AnyNode} node
 * @param {Edits} edits
 */
function visit(node, edits) {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      edits.block(node.body);
      break;
    case 'ArrowFunctionExpression':
      if (node.expression) edits.expression(node.body);
      else edits.block(node.body);
      break;
    case 'IfStatement':
      edits.block(node.consequent);
      if (node.alternate) edits.block(node.alternate);
      else edits.otherwise(node.consequent);
      break;
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      edits.block(node.body);
      break;
    case 'SwitchCase':
      if (node.consequent[0]) edits.before(node.consequent[0]);
      break;
    case 'CatchClause':
      edits.block(node.body);
      break;
    case 'ConditionalExpression':
      edits.expression(node.consequent);
      edits.expression(node.alternate);
      break;
    case 'LogicalExpression':
      edits.expression(node.right);
      break;
    default:
  }
}

/** What is put in, and where. */
class Edits {
  /** @type {Map<number, string>} */
  #opening = new Map();
  /** @type {Map<number, string>} */
  #closing = new Map();

  /** @param {{ next: number }} numbering */
  constructor(numbering) {
    this.numbering = numbering;
  }

  /** @param {AnyNode} node a statement */
  block(node) {
    if (node.type === 'BlockStatement') this.#open(node.start + 1, `${this.#count()};`);
    else {
      this.#open(node.start, `{${this.#count()};`);
      this.#close(node.end, '}');
    }
  }

  /** @param {AnyNode} node */
  expression(node) {
    this.#open(node.start, `(${this.#count()},`);
    this.#close(node.end, ')');
  }

  /** @param {AnyNode} consequent of an `if` without `else` */
  otherwise(consequent) {
    this.#close(consequent.end, ` else {${this.#count()};}`);
  }

  /** @param {AnyNode} node */
  before(node) {
    this.#open(node.start, `${this.#count()};`);
  }

  /** @param {string} code */
  apply(code) {
    const places = [...new Set([...this.#opening.keys(), ...this.#closing.keys()])];
    let at = 0;
    const parts = places
      .sort((a, b) => a - b)
      .map((place) => {
        const part = code.slice(at, place);
        at = place;
        return part + (this.#closing.get(place) ?? '') + (this.#opening.get(place) ?? '');
      });
    return parts.join('') + code.slice(at);
  }

  #count() {
    return `fuzzCounters[${this.numbering.next++}]++`;
  }

  /**
   * Parents come later and open earlier.
   * @param {number} place
   * @param {string} text
   */
  #open(place, text) {
    this.#opening.set(place, text + (this.#opening.get(place) ?? ''));
  }

  /**
   * @param {number} place
   * @param {string} text
   */
  #close(place, text) {
    this.#closing.set(place, (this.#closing.get(place) ?? '') + text);
  }
}
