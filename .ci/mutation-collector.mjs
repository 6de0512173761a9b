/** `describe` and `it` as far as tests of the pure folders use them: they only note what there is to run. */

/** @typedef {{ id: string, run: () => unknown }} Test */
/** @typedef {(...args: unknown[]) => unknown} Body */

export class Collector {
  /** The file that is being loaded. */
  file = '';
  /** @type {Test[]} */
  tests = [];
  /**
   * How many tests have a name.
   * @type {Map<string, number>}
   */
  #namesakes = new Map();

  get api() {
    /**
     * @param {string} _name
     * @param {Body} body
     */
    const describe = (_name, body) => body();
    /**
     * @param {string} name
     * @param {Body} body
     */
    const it = (name, body) => this.#add(name, () => body());
    return {
      describe: Object.assign(describe, { each: each(describe) }),
      it: Object.assign(it, { each: each(it) }),
    };
  }

  /**
   * Names may be there twice, ids not; and the id of a test stays when others come, or what was found before would
   * count for nothing.
   * @param {string} name
   * @param {() => unknown} run
   */
  #add(name, run) {
    const whole = `${this.file} ${name}`;
    const count = (this.#namesakes.get(whole) ?? 0) + 1;
    this.#namesakes.set(whole, count);
    this.tests.push({ id: count === 1 ? whole : `${whole} (${count})`, run });
  }
}

/** @param {(name: string, body: Body) => unknown} define */
function each(define) {
  /** @param {readonly unknown[]} rows */
  return (rows) =>
    /**
     * @param {string} name
     * @param {Body} body
     */
    (name, body) => {
      for (const row of rows) {
        define(name, () =>
          Array.isArray(row) ? body(.../** @type {unknown[]} */ (row)) : body(row),
        );
      }
    };
}
