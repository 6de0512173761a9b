/** Which devices have something new about them, for each who follows them. */

/** A reader with more devices than that has to look at all of them. */
const NAMED_MAX = 500;

export class Changes {
  private readonly readers = new Set<ChangeReader>();

  /** Something about the device has changed. Costs nothing where nobody follows. */
  mark(client: string): void {
    if (this.readers.size === 0) return;
    for (const reader of this.readers) reader.mark(client);
  }

  /** Follows from now on, until it ends. */
  follow(): ChangeReader {
    const reader = new ChangeReader((self) => this.readers.delete(self));
    this.readers.add(reader);
    return reader;
  }
}

export class ChangeReader {
  private clients = new Set<string>();

  constructor(private readonly leave: (self: ChangeReader) => void) {}

  mark(client: string): void {
    if (this.clients.size <= NAMED_MAX) this.clients.add(client);
  }

  /** Since the last time; `all`: they are too many to be named. */
  take(): readonly string[] | 'all' {
    const { clients } = this;
    if (clients.size === 0) return [];
    this.clients = new Set();
    return clients.size > NAMED_MAX ? 'all' : [...clients];
  }

  end(): void {
    this.leave(this);
  }
}
