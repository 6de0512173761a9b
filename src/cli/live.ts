/** `status`, `devices` and `device`: the running gateway in a terminal, by its API. */
import type { Command } from 'commander';
import { segmentOf } from '../spelling/segment.js';
import type { Device, Devices } from '../http/api/schema/devices.js';
import type { Overview } from '../http/api/schema/overview.js';
import { collect } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { deviceText, devicesText } from './live/device-text.js';
import { statusText } from './live/status-text.js';
import { askForJson, GatewayError, type PlaceOptions } from './running-gateway.js';
import { processTerminal, type Terminal } from './terminal.js';

interface LiveOptions extends PlaceOptions {
  json?: true;
}

interface DevicesOptions extends LiveOptions {
  state?: string[];
  search?: string;
}

export function registerStatus(program: Command, terminal: Terminal = processTerminal): void {
  place(
    program.command('status').description('the running gateway: its broker, store and links'),
  ).action(async (options: LiveOptions) => {
    await show<Overview>(options, '/api/overview', statusText, terminal);
  });
}

export function registerDevices(program: Command, terminal: Terminal = processTerminal): void {
  place(program.command('devices').description('the devices of the running gateway'))
    .option('--state <state>', 'only this state, may be repeated', collect(upper))
    .option('--search <text>', 'only devices with this in client id, link or address')
    .action(async (options: DevicesOptions) => {
      const asked = new URLSearchParams(
        (options.state ?? []).map((state): [string, string] => ['state', state]),
      );
      if (options.search !== undefined) asked.set('q', options.search);
      await show<Devices>(options, `/api/devices?${asked.toString()}`, devicesText, terminal);
    });
}

export function registerDevice(program: Command, terminal: Terminal = processTerminal): void {
  place(program.command('device').description('all that the running gateway knows of a device'))
    .argument('<id>', 'its client id')
    .action(async (id: string, options: LiveOptions) => {
      await show<Device>(options, `/api/devices/${segmentOf(id)}`, deviceText, terminal);
    });
}

const upper = (text: string): string => text.toUpperCase();

const place = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration that the gateway runs with')
    .option('--url <url>', 'where the gateway is, in place of its configuration')
    .option('--token-file <file>', 'file with the token, beside --url')
    .option('--json', 'print the answer of its API');

async function show<T>(
  options: LiveOptions,
  path: string,
  textOf: (answer: T) => string,
  terminal: Terminal,
): Promise<void> {
  try {
    const answer = await askForJson(options, path);
    terminal.out(options.json ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer as T));
    terminal.exitWith(EXIT.ok);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    terminal.err(error.message);
    terminal.exitWith(EXIT.failed);
  }
}
