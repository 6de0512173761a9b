import type { TopicReference } from '../sn/messages.js';

/** `{n}`, `{n:3}`, `{n:4x}`, `{n:4X}`, `{id}` */
const PLACE = /\{(id|n)(?::(\d)([xX]?))?\}/g;

/** Fills in the number of one device among several of a kind, and its id where that is known. */
export class DeviceNumbering {
  constructor(
    private readonly n: number,
    private readonly id = '',
  ) {}

  fill(template: string): string {
    return template.replace(PLACE, (_, what: string, width = '0', base = '') => {
      if (what === 'id') return this.id;
      const digits = this.n.toString(base === '' ? 10 : 16).padStart(Number(width), '0');
      return base === 'X' ? digits.toUpperCase() : digits;
    });
  }

  topic(topic: TopicReference): TopicReference {
    return topic.kind === 'normal' ? { ...topic, name: this.fill(topic.name) } : topic;
  }
}
