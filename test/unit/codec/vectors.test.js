import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/mqtt-sn-1.2.json' with { type: 'json' };
import { decode, encode } from '../../../src/codec/index.js';
import { fromHex, toHex } from '../../support/hex.js';
/** The vectors write octets as hex. */
function plain(value) {
    return JSON.parse(JSON.stringify(value, (_key, member) => member instanceof Uint8Array ? toHex(member) : member));
}
function revive(message) {
    return Object.fromEntries(Object.entries(message).map(([key, member]) => {
        if (['data', 'willMsg', 'gwAdd', 'wirelessNodeId'].includes(key)) {
            return [key, fromHex(member)];
        }
        return [key, key === 'message' ? revive(member) : member];
    }));
}
const all = vectors;
const decodable = all.filter((vector) => vector.message !== undefined);
const refused = all.filter((vector) => vector.message === undefined);
describe('vectors of MQTT-SN 1.2', () => {
    it('are all there', () => {
        expect(all.filter((vector) => vector.error === undefined)).toHaveLength(205);
        expect(all.filter((vector) => vector.error !== undefined)).toHaveLength(104);
    });
    it.each(decodable)('$name decodes', ({ hex, message }) => {
        expect(plain(decode(fromHex(hex)))).toEqual(message);
    });
    it.each(decodable.filter((vector) => vector.roundTrip))('$name encodes', ({ hex, message }) => {
        expect(toHex(encode(revive(message ?? {})))).toBe(hex);
    });
    it.each(refused)('$name is refused as $error', ({ hex, error }) => {
        expect(decode(fromHex(hex))).toMatchObject({ type: 'MALFORMED', error });
    });
    it.each(decodable)('every prefix of $name is refused', ({ hex }) => {
        const bytes = fromHex(hex);
        for (let end = 0; end < bytes.length; end++) {
            expect(decode(bytes.subarray(0, end)).type, `${end} octets`).toBe('MALFORMED');
        }
    });
});
