/** The broker, as far as the gateway's own topics need it. */
export interface Broker {
  /** false: the connection is away, or too busy. */
  publish(topic: string, payload: string, retain: boolean): boolean;
  /**
   * As long as the broker is there, and again when it comes back; retained messages come each time.
   * Returns how to stop that.
   */
  listen(filter: string, heard: (message: Heard) => void): () => void;
}

export interface Heard {
  topic: string;
  payload: Uint8Array;
  /** The broker had it before we asked. */
  retain: boolean;
}
