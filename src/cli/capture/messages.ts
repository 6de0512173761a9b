/** The MQTT-SN messages in a capture file. */
import { decode } from '../../codec/index.js';
import { type Datagram, datagramIn, isKnownLinkType } from './datagram.js';
import { readPcap } from './pcap.js';
import { readPcapng } from './pcapng.js';

/** Where MQTT-SN usually is: what comes from or goes there is shown even when it is malformed. */
const KNOWN_PORTS: readonly number[] = [1883, 1884, 1885, 10000, 2442];

export type Finding =
  | {
      kind: 'message';
      timeNs: bigint | undefined;
      datagram: Datagram;
      /** Our own captures say here which link it was, and what became of it. */
      comment: string | undefined;
    }
  | { kind: 'damage'; at: number; text: string };

export interface CaptureSummary {
  packets: number;
  messages: number;
  /** Packets of link types that cannot be read, by link type. */
  unreadable: Map<number, number>;
}

/**
 * Reports what is found, in the order of the file. With `ports` only datagrams from or to one of
 * them, else also whatever decodes. Undefined when `bytes` is no capture file.
 */
export function findMessages(
  bytes: Uint8Array,
  ports: readonly number[],
  report: (finding: Finding) => void,
): CaptureSummary | undefined {
  const records = readPcap(bytes) ?? readPcapng(bytes);
  if (records === undefined) return undefined;
  const summary: CaptureSummary = { packets: 0, messages: 0, unreadable: new Map() };
  for (const record of records) {
    if (record.kind === 'damage') {
      report(record);
      continue;
    }
    const { linkType, timeNs, comment } = record;
    summary.packets++;
    if (!isKnownLinkType(linkType)) {
      summary.unreadable.set(linkType, (summary.unreadable.get(linkType) ?? 0) + 1);
      continue;
    }
    const datagram = datagramIn(record.octets, linkType);
    if (datagram === undefined || !isWanted(datagram, ports)) continue;
    summary.messages++;
    report({ kind: 'message', timeNs, datagram, comment });
  }
  return summary;
}

function isWanted({ source, destination, payload }: Datagram, ports: readonly number[]): boolean {
  const among = ports.length > 0 ? ports : KNOWN_PORTS;
  if (among.includes(source.port) || among.includes(destination.port)) return true;
  return ports.length === 0 && decode(payload).type !== 'MALFORMED';
}

/** `2026-11-20 13:34:46.123456` in UTC; undefined when a damaged file claims a time that cannot be. */
export function timeText(timeNs: bigint | undefined): string | undefined {
  if (timeNs === undefined || timeNs < 0n) return undefined;
  const date = new Date(Number(timeNs / 1_000_000n));
  if (Number.isNaN(date.getTime())) return undefined;
  const micros = String((timeNs / 1000n) % 1000n).padStart(3, '0');
  return date.toISOString().replace('T', ' ').replace('Z', micros);
}
