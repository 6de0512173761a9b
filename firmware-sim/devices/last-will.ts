import type { Qos, SnMessage } from '../sn/messages.js';
import { octetsOf } from './text.js';

export interface WillPlan {
  topic: string;
  payload: string;
  qos: Qos;
  retain: boolean;
}

export interface WillChange {
  request: SnMessage;
  answer: 'WILLTOPICRESP' | 'WILLMSGRESP';
  result: WillPlan;
}

/** What is to be said of a device when it is lost: asked for at CONNECT (MQTT-SN 1.2, 6.3), and changed while it is connected (6.4). */
export class LastWill {
  private current: WillPlan;
  /** In flash: a will is never the same again. */
  private changes = 0;

  constructor(private readonly first: WillPlan) {
    this.current = first;
  }

  /** What was changed was in memory only. */
  forget(): void {
    this.current = this.first;
  }

  /** What a gateway asks for. */
  answerTo(prompt: 'WILLTOPICREQ' | 'WILLMSGREQ'): SnMessage {
    const { current: will } = this;
    if (prompt === 'WILLMSGREQ') return { type: 'WILLMSG', payload: octetsOf(will.payload) };
    return { type: 'WILLTOPIC', will };
  }

  /** The next change: another topic below the first one, or another message. */
  nextChange(): WillChange {
    this.changes += 1;
    const { current, first, changes } = this;
    if (changes % 2 === 1) {
      const payload = `${first.payload} ${changes}`;
      return {
        request: { type: 'WILLMSGUPD', payload: octetsOf(payload) },
        answer: 'WILLMSGRESP',
        result: { ...current, payload },
      };
    }
    const result = { ...current, topic: `${first.topic}/${changes}` };
    return { request: { type: 'WILLTOPICUPD', will: result }, answer: 'WILLTOPICRESP', result };
  }

  /** The gateway has it. */
  adopt({ result }: WillChange): void {
    this.current = result;
  }
}
