/** Topic ids: one name for each in a session, confirmed in this connection before a PUBLISH to the device uses it. */
import type { Message } from '../../../../src/codec/index.js';
import type { Effect, Input } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';
import { topicOfPayload } from '../payload.js';

class Table {
  readonly names = new Map<number, string>();
  readonly confirmed = new Set<number>();
  /** REGISTERs of the gateway: message id to topic id. */
  readonly offered = new Map<number, number>();
  /** REGISTERs and SUBSCRIBEs of the device: what each message id may stand for. */
  readonly wished = new Map<string, string[]>();
}

export class TopicIdChecker implements Observer {
  private readonly tables = new Map<string, Table>();
  private readonly connections = new Map<string, number>();

  constructor(private readonly facts: Facts) {}

  onInput(_input: Input): void {
    const { client, message } = this.facts.cause;
    if (client === undefined || message === undefined || !this.facts.isConnected(client)) return;
    const table = this.tableOf(client);
    if (message.type === 'REGISTER') {
      wish(table, `REGACK ${message.msgId}`, message.topicName);
    } else if (message.type === 'SUBSCRIBE') {
      const name = message.topicIdType === 1 ? '' : message.topicName;
      wish(table, `SUBACK ${message.msgId}`, name);
    } else if (message.type === 'REGACK' && message.returnCode === 0) {
      const id = table.offered.get(message.msgId);
      if (id !== undefined) table.confirmed.add(id);
    }
  }

  onEffect(effect: Effect): void {
    const client = this.facts.receiver();
    const message = this.facts.sent?.message;
    if (effect.kind !== 'send' || client === undefined || message === undefined) return;
    if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') return;
    if (this.facts.uncertain.has(client)) return;
    this.onSent(client, this.tableOf(client), message);
  }

  private onSent(client: string, table: Table, message: Message): void {
    switch (message.type) {
      case 'REGISTER':
        this.name(client, table, message.topicId, [message.topicName]);
        table.offered.set(message.msgId, message.topicId);
        return;
      case 'REGACK':
      case 'SUBACK': {
        const isNormal = message.topicId > this.facts.config.predefinedTopics.length;
        if (message.returnCode !== 0 || !isNormal) return;
        const names = table.wished.get(`${message.type} ${message.msgId}`) ?? [];
        this.name(client, table, message.topicId, names);
        table.confirmed.add(message.topicId);
        return;
      }
      case 'PUBLISH':
        if (message.topicIdType === 0) this.onPublish(client, table, message.topicId, message.data);
        return;
      default:
    }
  }

  private onPublish(client: string, table: Table, id: number, data: Uint8Array): void {
    const topic = topicOfPayload(data);
    if (!table.confirmed.has(id))
      throw new Error(`${client} gets a PUBLISH with id ${id}, which it has not confirmed`);
    if (table.names.get(id) !== topic) {
      throw new Error(
        `${client} knows id ${id} as ${table.names.get(id)} and gets ${topic} with it`,
      );
    }
  }

  private name(client: string, table: Table, id: number, names: readonly string[]): void {
    const known = table.names.get(id);
    if (known !== undefined && !names.includes(known))
      throw new Error(`${client}: id ${id} means ${known} and ${names.join(' or ')}`);
    const name = known ?? names.at(-1);
    if (name === undefined) throw new Error(`${client} gets an id that it has not asked for`);
    table.names.set(id, name);
  }

  /** A new connection unconfirms all ids; CleanSession=1 forgets them. */
  private tableOf(client: string): Table {
    const connection = this.facts.connections.get(client);
    let table = this.tables.get(client) ?? new Table();
    const known = this.connections.get(client) ?? 0;
    if (connection && connection.count !== known) {
      this.connections.set(client, connection.count);
      if (connection.freshAt > known) table = new Table();
      table.confirmed.clear();
      table.offered.clear();
      table.wished.clear();
    }
    this.tables.set(client, table);
    return table;
  }
}

const wish = ({ wished }: Table, key: string, name: string): void => {
  wished.set(key, [...(wished.get(key) ?? []), name]);
};
