/** Wireshark's opinion of a capture file. */
import { execFileSync } from 'node:child_process';

/** The fields of each packet. `port`: whose datagrams are MQTT-SN. */
export function dissect(
  tshark: string,
  file: string,
  port: number,
  fields: readonly string[],
): string[][] {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const args = ['-r', file, '-d', `udp.port==${port},mqttsn`, '-T', 'fields', ...wanted];
  const output = execFileSync(tshark, args, { encoding: 'utf8', stdio: 'pipe' });
  return output
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}
