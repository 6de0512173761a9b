import { describe, expect, it } from 'vitest';
import type { MessageType } from '../../../src/codec/index.js';
import { GATE, type Verdict } from '../../../src/core/gate.js';

/**
 * Section 10 of the protocol notes, row by row: nobody, CONNECTING, ACTIVE, ASLEEP, AWAKE.
 * D! is `bye`. Where an answer depends on more than the state there is a handler: `do`.
 */
const MATRIX: Record<MessageType, string> = {
  SEARCHGW: 'do do do do do',
  ADVERTISE: 'do do do do do',
  GWINFO: 'do do do do do',
  CONNECT: 'do do do do do',
  WILLTOPIC: '- do - - -',
  WILLMSG: '- do do - -',
  REGISTER: 'bye - do do do',
  REGACK: '- - do do do',
  PUBLISH: 'bye - do do do',
  PUBACK: '- - do do do',
  PUBREC: '- - do do do',
  PUBCOMP: '- - do do do',
  PUBREL: 'bye - do do do',
  SUBSCRIBE: 'bye - do do do',
  UNSUBSCRIBE: 'bye - do do do',
  PINGREQ: 'do do do do do',
  PINGRESP: '- - do do do',
  DISCONNECT: 'do do do do do',
  WILLTOPICUPD: 'bye - do do do',
  WILLMSGUPD: 'bye - do do do',
  CONNACK: '- - - - -',
  WILLTOPICREQ: '- - - - -',
  WILLMSGREQ: '- - - - -',
  SUBACK: '- - - - -',
  UNSUBACK: '- - - - -',
  WILLTOPICRESP: '- - - - -',
  WILLMSGRESP: '- - - - -',
};

const rows = Object.entries(MATRIX) as [MessageType, string][];

describe('the gate', () => {
  it('has a row for every message', () => {
    expect(Object.keys(GATE).toSorted()).toEqual(rows.map(([type]) => type).toSorted());
  });

  it.each(rows)('%s: %s', (type, row) => {
    const [none, CONNECTING, ACTIVE, ASLEEP, AWAKE] = row.split(' ') as Verdict[];
    expect(GATE[type]).toEqual({ none, CONNECTING, ACTIVE, ASLEEP, AWAKE });
  });
});
