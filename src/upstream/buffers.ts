/** MQTT.js takes a plain Uint8Array for a string; this makes a Buffer of it without a copy. */
export function asBuffer(octets: Uint8Array): Buffer {
  if (Buffer.isBuffer(octets)) return octets;
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
