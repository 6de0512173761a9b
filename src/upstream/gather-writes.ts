import type { Duplex } from 'node:stream';

const gathering = new WeakSet<Duplex>();

/**
 * Everything that one turn of the event loop sends on a connection leaves in one write: a burst of
 * datagrams costs one system call towards the broker, and not one each.
 */
export function gatherWrites(stream: Duplex): void {
  if (gathering.has(stream)) return;
  gathering.add(stream);
  stream.cork();
  setImmediate(() => {
    gathering.delete(stream);
    stream.uncork();
  });
}
