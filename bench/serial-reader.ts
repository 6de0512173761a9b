/**
 * Serial ports that are read, in a program of its own whose CPU time is what is measured: by links of the
 * gateway, or by `serialport` and nothing behind it.
 */
import { SerialPort } from 'serialport';
import type { LinkEvents } from '../src/links/link.js';
import type { PortSource } from '../src/links/port/port.js';
import { SerialPortSource } from '../src/links/port/serial-port.js';
import { RadioLink } from '../src/links/radio.js';
import type { ChannelEffect, ChannelInput } from '../src/modems/channel-events.js';
import { Channel } from '../src/modems/channel.js';
import { createModem } from '../src/modems/registry.js';
import { BAUD_RATE, serialKind } from './serial-kinds.js';
import type { PortPlan, ReaderOrder, ReaderReport } from './serial-processes.js';

/** The line is as fast as it is; no law and no radio hold anything back. */
const AIR = { kind: 'rate', bytesPerSecond: Number.POSITIVE_INFINITY, overheadMs: 0 } as const;

class Counts {
  chunks = 0;
  octets = 0;
  datagrams = 0;
}

/** Tells when its modem has gone through its start-up dialogue, which is no event of a link. */
class WatchedChannel extends Channel {
  onReady = (): void => {};

  override step(input: ChannelInput, now: number): readonly ChannelEffect[] {
    const effects = super.step(input, now);
    for (const effect of effects) {
      if (effect.kind === 'state' && effect.state === 'ready') this.onReady();
    }
    return effects;
  }
}

/** Resolves when the modem is ready. */
function openLink({ path, kind }: PortPlan, counts: Counts): Promise<void> {
  const { settings } = serialKind(kind);
  const modem = createModem(settings);
  const channel = new WatchedChannel({ modem, air: AIR, dutyCycle: null, turnaroundMs: 0 });
  const link = new RadioLink({
    name: path,
    modem: settings.modem,
    source: counted(new SerialPortSource({ path, baudRate: BAUD_RATE, rtscts: false }), counts),
    channel,
    journal: { keep: (_records, kept) => kept(), watch: () => {} },
    now: () => Math.floor(performance.now()),
  });
  return new Promise((resolve, reject) => {
    channel.onReady = resolve;
    const events: LinkEvents = {
      datagram: () => {
        counts.datagrams++;
      },
      told: () => {},
      warning: (code, message) => reject(new Error(`${code}: ${message}`)),
      info: () => {},
    };
    link.start(events).catch(reject);
  });
}

function counted(source: PortSource, counts: Counts): PortSource {
  return {
    name: source.name,
    open: (events) =>
      source.open({
        received: (octets) => {
          counts.chunks++;
          counts.octets += octets.length;
          events.received(octets);
        },
        closed: (why) => events.closed(why),
      }),
    watch: (mayWork) => source.watch(mayWork),
  };
}

function openBare({ path }: PortPlan, counts: Counts): Promise<void> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: BAUD_RATE }, (error) =>
      error === null ? resolve() : reject(error),
    );
    port.on('data', (octets: Buffer) => {
      counts.chunks++;
      counts.octets += octets.length;
    });
  });
}

const all: Counts[] = [];

async function take(order: ReaderOrder): Promise<void> {
  switch (order.order) {
    case 'open':
      for (const plan of order.ports) {
        const counts = new Counts();
        all.push(counts);
        await (order.reader === 'gateway' ? openLink(plan, counts) : openBare(plan, counts));
      }
      break;
    case 'report':
      break;
    default:
      order satisfies never;
  }
  const { user, system } = process.cpuUsage();
  const report: ReaderReport = { cpuUs: user + system, ports: all };
  process.send?.(report);
}

process.on('message', (order: ReaderOrder) => void take(order));
process.on('disconnect', () => process.exit());
