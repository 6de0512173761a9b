import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import type { AirFrame } from '../../../../firmware-sim/air.js';
import {
  feHeader,
  type LinkHeader,
  NO_HEADER,
  radioHeadHeader,
} from '../../../../firmware-sim/devices/link-header.js';
import { RadioPort } from '../../../../firmware-sim/devices/radio-port.js';
import type { Port } from '../../../../firmware-sim/devices/port.js';
import { RoamingPort } from '../../../../firmware-sim/devices/roaming-port.js';
import { UdpPort } from '../../../../firmware-sim/devices/udp-port.js';
import { LossMatrix } from '../../../../firmware-sim/radio/propagation.js';
import { VirtualRadio } from '../../../../firmware-sim/radio/virtual-radio.js';
import { Random } from '../../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { fromHex, toHex } from '../../../support/hex.js';
import { until } from '../../../support/wait.js';

const PINGREQ = fromHex('0216');

describe('link headers', () => {
  const unwrapped = (header: LinkHeader, hex: string): string | undefined => {
    const message = header.unwrap(fromHex(hex));
    return message && toHex(message);
  };

  it('fe: the node id in both directions', () => {
    const header = feHeader(fromHex('0012'));
    expect(toHex(header.wrap(PINGREQ))).toBe('05fe0100120216');
    expect(unwrapped(header, '05fe0100120217')).toBe('0217');
    expect(unwrapped(header, '05fe0100130217')).toBeUndefined();
    expect(unwrapped(header, '05fe01ffff0217')).toBe('0217');
    expect(unwrapped(header, '03fe010217')).toBe('0217');
    expect(unwrapped(header, '0500010384')).toBe('0500010384');
    expect(unwrapped(header, '09fe0100')).toBeUndefined();
  });

  it('radiohead: TO FROM ID FLAGS (vectors radiohead-header 01 and 05 to 08)', () => {
    const header = radioHeadHeader(7, 1);
    const connect = '0d040401003c6e6f64652d3031';
    expect(toHex(header.wrap(fromHex(connect)))).toBe(`01070000${connect}`);
    expect(toHex(header.wrap(PINGREQ))).toBe('010701000216');
    expect(unwrapped(header, '07010400030500')).toBe('030500');
    expect(unwrapped(header, 'ff0105000500010384')).toBe('0500010384');
    expect(unwrapped(header, '08010400030500')).toBeUndefined();
    expect(unwrapped(header, '07090400030500')).toBeUndefined();
    expect(unwrapped(header, '0701068021')).toBeUndefined();
    expect(unwrapped(header, '0701')).toBeUndefined();
  });
});

function radioWithGateway() {
  const time = new VirtualTimeline();
  const radio = new VirtualRadio({
    timeline: time,
    random: new Random(1),
    airTime: { kind: 'bit-rate', bitsPerSec: 8000, overheadBytes: 0 },
    propagation: new LossMatrix(),
  });
  const heard: AirFrame[] = [];
  const gateway = {
    id: 'gateway',
    address: '1',
    isListening: true,
    receive: (frame: AirFrame) => heard.push(frame),
  };
  radio.add(gateway);
  const port = (id: string, options: object = {}): RadioPort => {
    const one = new RadioPort({
      id,
      timeline: time,
      air: radio,
      header: NO_HEADER,
      address: id,
      gateway: '1',
      ...options,
    });
    radio.add(one);
    return one;
  };
  return { time, radio, gateway, heard, port };
}

describe('the radio of a device', () => {
  it('sends to its gateway, and hears what is for it while it is on', () => {
    const { time, radio, gateway, heard, port } = radioWithGateway();
    const messages: string[] = [];
    const one = port('7', { overheadBytes: 8 });
    one.onMessage((message) => messages.push(toHex(message)));
    one.send(PINGREQ);
    time.run(9);
    expect(heard).toEqual([]);
    time.run(10);
    expect(heard).toEqual([{ from: '7', to: '1', payload: PINGREQ, overheadBytes: 8 }]);
    const answer = { from: '1', to: '7', payload: fromHex('0217') };
    radio.transmit(gateway, answer, () => {});
    time.run(100);
    expect(messages).toEqual([]);
    one.listen(true);
    radio.transmit(gateway, answer, () => {});
    time.run(200);
    expect(messages).toEqual(['0217']);
  });

  it('tells of what comes while it is off, and is for it', () => {
    const { time, radio, gateway, port } = radioWithGateway();
    const missed: string[] = [];
    const one = port('7', {
      header: feHeader(fromHex('0012')),
      missed: (message: Uint8Array) => missed.push(toHex(message)),
    });
    const tell = (hex: string): void => {
      radio.transmit(gateway, { from: '1', to: '7', payload: fromHex(hex) }, () => {});
    };
    tell('05fe0100120217');
    tell('05fe0100130217');
    time.run(100);
    expect(missed).toEqual(['0217']);
    one.listen(true);
    tell('05fe0100120217');
    time.run(200);
    expect(missed).toEqual(['0217']);
  });

  it('drops what it has no room for', () => {
    const { time, heard, port } = radioWithGateway();
    const one = port('7');
    for (let i = 0; i < 20; i++) one.send(PINGREQ);
    time.run(1000);
    expect(heard).toHaveLength(8);
  });
});

describe('roaming', () => {
  it('takes one port after the other, and hears only that one', () => {
    const { time, radio, gateway, heard, port } = radioWithGateway();
    const messages: string[] = [];
    const one = new RoamingPort([port('7'), port('8')]);
    one.onMessage((message) => messages.push(toHex(message)));
    one.listen(true);
    const tell = (): void => {
      for (const to of ['7', '8']) {
        const payload = new TextEncoder().encode(to);
        radio.transmit(gateway, { from: '1', to, payload }, () => {});
      }
    };
    one.send(PINGREQ);
    time.run(100);
    tell();
    time.run(200);
    one.roam();
    one.send(PINGREQ);
    time.run(300);
    tell();
    time.run(400);
    expect(heard.map(({ from }) => from)).toEqual(['7', '8']);
    expect(messages).toEqual([toHex(Uint8Array.of(0x37)), toHex(Uint8Array.of(0x38))]);
  });

  it('may speak at the port that it has left, and hears nothing there', () => {
    const said: string[] = [];
    const ears = new Map<string, (message: Uint8Array) => void>();
    const place = (name: string): Port => ({
      send: () => void said.push(name),
      onMessage: (listener) => void ears.set(name, listener),
      listen: () => {},
    });
    const messages: string[] = [];
    const one = new RoamingPort([place('home'), place('abroad')]);
    one.onMessage((message) => messages.push(toHex(message)));
    one.roam(true);
    one.send(PINGREQ);
    ears.get('home')?.(Uint8Array.of(1));
    ears.get('abroad')?.(Uint8Array.of(2));
    one.settle();
    one.send(PINGREQ);
    expect(said).toEqual(['abroad', 'home', 'abroad']);
    expect(messages).toEqual(['02']);
  });
});

describe('a device on the network', () => {
  it('sends datagrams, and hears answers while it listens', async () => {
    const gateway = createSocket('udp4');
    const heard: string[] = [];
    gateway.on('message', (data, { port, address }) => {
      heard.push(toHex(data));
      gateway.send(fromHex('0217'), port, address);
    });
    await new Promise<void>((resolve) => gateway.bind(0, '127.0.0.1', resolve));
    const problems: Error[] = [];
    const { port } = gateway.address();
    const device = UdpPort.open({ host: '127.0.0.1', port }, (error) => problems.push(error));
    const messages: string[] = [];
    device.onMessage((message) => messages.push(toHex(message)));
    device.listen(true);
    device.send(PINGREQ);
    device.send(PINGREQ, `127.0.0.1:${port}`);
    await until(() => messages.length === 2, 5000, 'two answers');
    expect([heard, messages, problems]).toEqual([['0216', '0216'], ['0217', '0217'], []]);
    device.close();
    gateway.close();
  });
});
