/**
 * `npm run bench`: what the gateway costs, each figure beside a yardstick measured in the same run.
 * Machines differ and shared ones drift, so the ratios are the result; the microseconds are context.
 */
import { benchCore } from './core.js';
import { benchJournal } from './journal.js';
import { benchMemory } from './memory.js';
import { benchObservation } from './observation.js';
import { benchPipe } from './pipe.js';
import { benchRestart } from './restart.js';
import { benchSerial } from './serial.js';
import { benchDrivers } from './serial-drivers.js';
import { printTable, type Row } from './table.js';

/** By the names that pick them: `npm run bench -- observation`. */
const TABLES: Readonly<Record<string, [heading: string, run: () => Row[] | Promise<Row[]>]>> = {
  core: ['Codec and core alone, nothing else', benchCore],
  pipe: ['Datagram in to MQTT publish out, CPU per message', benchPipe],
  observation: ['Watched while it works', benchObservation],
  drivers: ['Drivers of modems alone, CPU per octet of the line', benchDrivers],
  serial: ['Eight serial ports at 115200 baud, never idle', benchSerial],
  journal: ['Journal', benchJournal],
  memory: ['Memory', benchMemory],
  restart: ['Restart', benchRestart],
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => TABLES[name] === undefined);
if (unknown !== undefined) {
  console.error(`no "${unknown}": there are ${Object.keys(TABLES).join(', ')}`);
  process.exit(1);
}
for (const [name, [heading, run]] of Object.entries(TABLES)) {
  if (wanted.length === 0 || wanted.includes(name)) printTable(heading, await run());
}
