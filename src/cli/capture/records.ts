/** What a capture file consists of, whatever its format. */
export type CaptureRecord =
  | {
      kind: 'packet';
      /** Nanoseconds since 1970; undefined where the format keeps no time. */
      timeNs: bigint | undefined;
      /** How the packet begins: a number of the list at tcpdump.org/linktypes.html. */
      linkType: number;
      octets: Uint8Array;
      /** What whoever wrote the file had to say of it. */
      comment?: string;
    }
  /** The file is damaged here; what could be read came before. */
  | { kind: 'damage'; at: number; text: string };

/** Reads the integers of a file in the byte order that its head announced; the caller checks the bounds. */
export class FileView {
  private readonly view: DataView;
  littleEndian = true;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  uint16(at: number): number {
    return this.view.getUint16(at, this.littleEndian);
  }

  uint32(at: number): number {
    return this.view.getUint32(at, this.littleEndian);
  }

  slice(start: number, end: number): Uint8Array {
    return this.bytes.subarray(start, end);
  }
}
