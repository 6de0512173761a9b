/** What goes through the virtual air, and who hears it. */

/** One transmission. `from` and `to` are link addresses in the dialect's own text form; '' where frames carry none. */
export interface AirFrame {
  from: string;
  /** null: to everybody. Radios without addresses always send to everybody. */
  to: string | null;
  /** What the radio chip sends beside its own header: link header and MQTT-SN message. */
  payload: Uint8Array;
  /** What the modem's own header adds on the air, beside the payload: it costs time, and nobody sees it. */
  overheadBytes?: number;
}

export interface Reception {
  rssiDbm: number;
  snrDb: number;
  /** 0 to 255. */
  lqi: number;
}

/** Something with an antenna: a virtual modem, or the radio of a virtual device. */
export interface Station {
  readonly id: string;
  /** The link address that frames to it carry; '' when it takes all. */
  readonly address: string;
  /** Its receiver is on: neither asleep nor transmitting. */
  readonly isListening: boolean;
  receive(frame: AirFrame, reception: Reception): void;
  /** One that it would have heard if its receiver were on. */
  misses?(frame: AirFrame): void;
}

export interface Air {
  /**
   * Puts a frame on the air; half duplex: the station hears nothing meanwhile. `done` when it is over:
   * whether the recipient's link layer has acknowledged it (always true to everybody, or without link acknowledgements).
   */
  transmit(station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void;
  /** How long a payload of so many octets is on the air. */
  airTimeMs(payloadBytes: number): number;
  /** A receiver that is switched on so much later than a frame begins hears it all the same: it needs the end of the preamble only. */
  readonly lockMs: number;
  /** Whether a station hears a transmission at this moment (for modems that listen before they talk). */
  isBusy(station: Station): boolean;
}
