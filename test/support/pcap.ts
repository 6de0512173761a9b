/** UDP datagrams as a capture file that Wireshark reads: libpcap format, raw IPv4. */

const MAGIC = 0xa1b2c3d4;
const LINK_TYPE_RAW_IP = 101;
const LOCALHOST = [127, 0, 0, 1];
const UDP = 17;

export function pcap(datagrams: readonly Uint8Array[], port: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0xffff, 16);
  header.writeUInt32LE(LINK_TYPE_RAW_IP, 20);
  return Buffer.concat([header, ...datagrams.flatMap((data) => record(data, port))]);
}

function record(data: Uint8Array, port: number): Uint8Array[] {
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(28 + data.length, 2);
  ip[8] = 64;
  ip[9] = UDP;
  ip.set([...LOCALHOST, ...LOCALHOST], 12);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(port, 0);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(8 + data.length, 4);
  const captured = Buffer.alloc(16);
  captured.writeUInt32LE(28 + data.length, 8);
  captured.writeUInt32LE(28 + data.length, 12);
  return [captured, ip, udp, data];
}
