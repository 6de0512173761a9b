/** A mosquitto_sub: what it has seen of each topic, over restarts of its broker. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { PATIENCE_MS, until } from './wait.js';

export class Subscriber {
  /** The latest payload of each topic; empty: it was taken back. */
  readonly latest = new Map<string, string>();
  readonly topics = new Set<string>();
  private unread = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.read(text));
  }

  /** @param program the path of mosquitto_sub */
  static at(program: string, port: number, ...filters: string[]): Subscriber {
    const topics = filters.flatMap((filter) => ['-t', filter]);
    return new Subscriber(spawn(program, ['-p', `${port}`, '-F', '%t\t%p', ...topics]));
  }

  /** Resolves when the latest payload of the topic is as asked. */
  async shows(topic: string, is: (payload: string) => boolean): Promise<string> {
    const look = (): { payload: string } | undefined => {
      const payload = this.latest.get(topic);
      return payload !== undefined && is(payload) ? { payload } : undefined;
    };
    const found = await until(look, PATIENCE_MS, topic).catch((error: Error) => {
      throw new Error(`${error.message}, which is ${this.latest.get(topic)}`);
    });
    return found.payload;
  }

  /** Resolves when it is JSON that has these members. */
  async showsJson(topic: string, members: object): Promise<void> {
    const wanted = Object.entries(members);
    await this.shows(topic, (payload) => {
      if (payload === '') return false;
      const value = JSON.parse(payload) as Record<string, unknown>;
      return wanted.every(
        ([name, member]) => JSON.stringify(value[name]) === JSON.stringify(member),
      );
    });
  }

  end(): void {
    this.child.kill('SIGKILL');
  }

  private read(text: string): void {
    const lines = (this.unread + text).split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines) {
      const [topic = '', payload = ''] = line.split('\t');
      this.topics.add(topic);
      this.latest.set(topic, payload);
    }
  }
}
