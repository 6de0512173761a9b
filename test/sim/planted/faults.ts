/**
 * Faults that the world has to find, as data: one place in the gateway's source for each, and the checker that complains.
 * Who changes that place moves the fault along with it.
 */

export interface PlantedFault {
  /** What the gateway does with it. */
  name: string;
  /** In `src`. */
  file: string;
  /** Text that the file has exactly once, and what stands there instead. */
  find: string;
  put: string;
  /** Whose complaint it is, and words of it. */
  checker: string;
  says: string;
  /** The smallest one that shows it. */
  seed: number;
}

export const FAULTS: readonly PlantedFault[] = [
  {
    name: 'PUBACK and PUBREC go out before the broker has the message',
    file: 'src/core/session/publish.ts',
    find: '  keepInbound(ctx, session, exchange);\n  const { token, ref } = exchange;',
    put: '  settleUplink(ctx, session, exchange);\n  const { token, ref } = exchange;',
    checker: 'loss',
    says: 'the broker has not got it',
    seed: 24,
  },
  {
    name: 'messages to devices are not written down',
    file: 'src/core/journal/keep.ts',
    find: 'message.received ? releasedRecord(message) : downlinkRecord(message),',
    put: 'message.received ? releasedRecord(message) : undefined,',
    checker: 'loss',
    says: 'never got',
    seed: 1,
  },
  {
    name: 'messages that wait for the broker are not written down',
    file: 'src/core/outbox.ts',
    find: 'ctx.journal.put(owner, outboxKey(held.serial), heldRecord(held));',
    put: '',
    checker: 'loss',
    says: 'the broker has not got it',
    seed: 16,
  },
  {
    name: 'messages that the broker has stay in the outbox on disk',
    file: 'src/core/outbox.ts',
    find: 'this.ctx.journal.delete(undefined, outboxKey(held.serial));',
    put: '',
    checker: 'limits',
    says: 'still under way: o',
    seed: 1,
  },
  {
    name: 'a restart forgets the QoS 2 message ids of devices',
    file: 'src/core/journal/keep.ts',
    find: 'if (exchange.qos !== 2) return;',
    put: 'if (exchange.qos > 0) return;',
    checker: 'once',
    says: 'arrived',
    seed: 428,
  },
  {
    name: 'QoS 2 message ids of devices stay on disk',
    file: 'src/core/journal/keep.ts',
    find: 'if (qos === 2) put(ctx, session, inboundKey(session.clientId, msgId), () => undefined);',
    put: '',
    checker: 'limits',
    says: 'QoS 2 messages are open',
    seed: 55,
  },
  {
    name: 'a restart forgets topic ids',
    file: 'src/core/journal/keep.ts',
    find: '  put(ctx, session, topicIdKey(session.clientId, entry.name), () =>\n    topicIdRecord(entry, session.connection),\n  );',
    put: '',
    checker: 'topicIds',
    says: 'and now',
    seed: 4,
  },
  {
    name: 'PINGRESP comes before the messages of a wake-up',
    file: 'src/core/session/ping.ts',
    find: '  session.silentUntil = Number.POSITIVE_INFINITY;',
    put: '  session.silentUntil = Number.POSITIVE_INFINITY;\n  ctx.reply(session, { type: "PINGRESP" });',
    checker: 'sleep',
    says: 'which sleeps since its PINGRESP',
    seed: 1,
  },
  {
    name: 'messages are sent to sleepers',
    file: 'src/core/session/deliver.ts',
    find: "(state.name === 'ACTIVE' || state.name === 'AWAKE') && unsaid === 0;",
    put: "(state.name === 'ACTIVE' || state.name === 'AWAKE' || state.name === 'ASLEEP') && unsaid === 0;",
    checker: 'sleep',
    says: 'PUBLISH was sent to',
    seed: 1,
  },
  {
    name: 'all messages to a device have the same message id',
    file: 'src/core/session/session.ts',
    find: 'this.lastMsgId = (this.lastMsgId % 0xffff) + 1;',
    put: 'this.lastMsgId = 1;',
    checker: 'loss',
    says: 'never got',
    seed: 43,
  },
  {
    name: 'a topic id is given to two names',
    file: 'src/core/session/topic-ids.ts',
    find: 'this.nextId = id + 1;',
    put: '',
    checker: 'topicIds',
    says: 'and now',
    seed: 1,
  },
  {
    name: 'a repeat of an open QoS 2 exchange passes for news',
    file: 'src/core/session/inbound.ts',
    find: 'if (open.qos !== message.qos) return false;',
    put: 'if (open.qos > 0) return false;',
    checker: 'once',
    says: 'arrived',
    seed: 24,
  },
];
