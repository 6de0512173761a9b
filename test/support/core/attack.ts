/** Hostile devices of the simulator beside the devices of a world. */
import { Attacker } from '../../../firmware-sim/devices/hostile/attacker.js';
import { LAN, RADIO } from './config.js';
import { type Place, placeKey } from './driver.js';
import type { World } from './world.js';

const TOPICS = ['a/b', 'a/+', '#', 'ab', 'pre/one', 'a/name/that/goes/on'];

const forwarders = [{ link: RADIO, address: 'forwarder' }];
const hosts = (names: readonly string[]): Place[] =>
  names.map((address) => ({ link: LAN, address }));

interface Side {
  claims: readonly string[];
  nodes: readonly number[][];
  places: readonly Place[];
  /** Whether they hear what is not for them. */
  eavesdrop: boolean;
}

/** They have names and places of their own: whatever they do concerns them alone. */
export const STRANGERS: Side = {
  claims: ['x', 'y', 'z'],
  nodes: [[], [1], [2], [0xff, 0xff]],
  places: [...hosts(['h0', 'h1', 'h2', 'h3', 'h4', 'h5']), ...forwarders],
  eavesdrop: false,
};

/** They speak in the name of the world's devices, from everywhere, and repeat what they have heard of them. */
export const IMPOSTORS: Side = {
  claims: ['dev0', 'dev1', 'dev2', 'dev3', 'x'],
  nodes: [[], [1], [2]],
  places: [...hosts(['A', 'h0']), { link: RADIO, address: 'B' }, { link: RADIO, address: 'F' }],
  eavesdrop: true,
};

export class Attack {
  private readonly attacker: Attacker;

  constructor(
    private readonly world: World,
    private readonly side: Side,
  ) {
    const { claims, nodes, places, eavesdrop } = side;
    const own = new Set(places.map(placeKey));
    this.attacker = new Attacker(
      {
        clientIds: claims,
        topics: TOPICS,
        nodes: nodes.map((octets) => Uint8Array.from(octets)),
      },
      places.length,
    );
    world.overhear = (place, data) => {
      if (eavesdrop || own.has(placeKey(place))) this.attacker.hear(data);
    };
  }

  strike(numbers: readonly number[]): void {
    for (const number of numbers) {
      for (const { octets, place, pauseMs } of this.attacker.blow(number)) {
        this.world.inject(this.side.places[place] as Place, octets);
        if (pauseMs > 0) this.world.wait(pauseMs);
      }
    }
  }
}
