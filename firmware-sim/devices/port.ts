/** How a device reaches its gateway. */
export interface Port {
  /** `to`: another recipient than the gateway, in the words of the network. */
  send(message: Uint8Array, to?: string): void;
  /** Only one listener: the latest. */
  onMessage(listener: (message: Uint8Array) => void): void;
  /** Switches the receiver on and off: a device that sleeps hears nothing. Off at first. */
  listen(on: boolean): void;
}
