/** What is measured of devices, for histograms. */
export type Measurement =
  /** From a message of a device at QoS 1 or 2 until the broker has it. */
  | 'uplink'
  /** From a message for a device at QoS 1 or 2 until it has acknowledged it. */
  | 'downlink'
  /** From a frame that was sent once until the device's answer to it. */
  | 'device-round-trip'
  /** How long a sleeper was awake for its messages. */
  | 'awake-window';
