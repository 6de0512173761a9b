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
import { printTable } from './table.js';

printTable('Codec and core alone, nothing else', await benchCore());
printTable('Datagram in to MQTT publish out, CPU per message', await benchPipe());
printTable('Watched while it works', await benchObservation());
printTable('Drivers of modems alone, CPU per octet of the line', benchDrivers());
printTable('Eight serial ports at 115200 baud, never idle', await benchSerial());
printTable('Journal', await benchJournal());
printTable('Memory', await benchMemory());
printTable('Restart', await benchRestart());
