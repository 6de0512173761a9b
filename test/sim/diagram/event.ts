/** What a sequence diagram is drawn of. */

/** Where something happens; `device` stands for each of an event's devices. */
export type Place = 'device' | 'network' | 'gateway' | 'broker' | 'disk';

export type Event = {
  at: number;
  text: string;
  /** Whom it is about; none: everybody. */
  devices: readonly string[];
} & (
  | { kind: 'message'; from: Place; to: Place }
  /** Something happens at one place. */
  | { kind: 'mark'; place: Place }
  | { kind: 'fault'; to: number }
  | { kind: 'breach' }
);
