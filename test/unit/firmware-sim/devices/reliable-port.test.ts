import { describe, expect, it } from 'vitest';
import type { AirFrame } from '../../../../firmware-sim/air.js';
import { ReliablePort } from '../../../../firmware-sim/devices/reliable-port.js';
import { LossMatrix } from '../../../../firmware-sim/radio/propagation.js';
import { VirtualRadio } from '../../../../firmware-sim/radio/virtual-radio.js';
import { Random } from '../../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { fromHex, toHex } from '../../../support/hex.js';

/** A device with node number 7, and gateway 1 beside it, which says what the test says. */
function field() {
  const time = new VirtualTimeline();
  const random = new Random(1);
  const radio = new VirtualRadio({
    timeline: time,
    random,
    airTime: { kind: 'fixed', ms: 10 },
    propagation: new LossMatrix(),
  });
  const heard: string[] = [];
  const gateway = {
    id: 'gateway',
    address: '',
    isListening: true,
    receive: ({ payload }: AirFrame) => heard.push(toHex(payload)),
  };
  radio.add(gateway);
  const options = { timeline: time, air: radio, address: '', gateway: null, random };
  const port = new ReliablePort({
    ...options,
    id: 'node',
    node: 7,
    gatewayNode: 1,
    timeoutMs: 200,
    retries: 3,
  });
  radio.add(port);
  const messages: string[] = [];
  port.onMessage((message) => messages.push(toHex(message)));
  const say = (hex: string): void => {
    radio.transmit(gateway, { from: '', to: null, payload: fromHex(hex) }, () => {});
    time.run(time.now() + 15);
  };
  return { time, port, heard, messages, say };
}

describe('RHReliableDatagram', () => {
  it('repeats a message, marked, until it has had enough', () => {
    const { time, port, heard } = field();
    port.send(fromHex('0216'));
    time.run(10_000);
    expect(heard).toEqual(['010701000216', '010701400216', '010701400216', '010701400216']);
    expect(port.outcomes).toEqual({ acknowledged: 0, repeats: 3, failed: 1 });
  });

  it('goes on with the next one when it is acknowledged', () => {
    const { time, port, heard, say } = field();
    port.send(fromHex('0216'));
    port.send(fromHex('0217'));
    time.run(20);
    say('0701058021');
    expect(heard).toHaveLength(1);
    say('0701018021');
    time.run(time.now() + 30);
    expect(heard).toEqual(['010701000216', '010702000217']);
    expect(port.outcomes).toEqual({ acknowledged: 1, repeats: 0, failed: 0 });
  });

  it('hears nothing else while it waits, not even with its receiver off', () => {
    const { time, port, messages, say } = field();
    port.send(fromHex('0216'));
    time.run(20);
    say('07010000030500');
    say('0701018021');
    expect(port.outcomes.acknowledged).toBe(1);
    port.listen(true);
    say('07010100030500');
    expect(messages).toEqual(['030500']);
  });

  it('acknowledges what is for it alone, and takes a repeat for one', () => {
    const { time, port, heard, messages, say } = field();
    port.listen(true);
    say('07010500030500');
    time.run(time.now() + 50);
    say('07010540030500');
    time.run(time.now() + 50);
    say('ff0106000500010384');
    time.run(time.now() + 50);
    expect(heard).toEqual(['0107058021', '0107058021']);
    expect(messages).toEqual(['030500', '0500010384']);
  });
});
