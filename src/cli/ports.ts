/** `ports`: the serial ports of this machine, by the names that a configuration should use. */
import type { Command } from 'commander';
import type { Permanence, SerialListOptions, SerialPortFacts } from '../links/port/serial-list.js';
import type { UsbIdentity } from '../links/port/usb-guess.js';
import { EXIT } from './exit-codes.js';
import { processTerminal, type Terminal } from './terminal.js';

const NAME_COLUMN = 14;

const NOTHING = [
  'no serial port is there',
  '- a dongle: plug it in, look at what `dmesg` says of it, and try another cable; some only charge',
  '- a container: pass the device on, as with `docker run --device /dev/serial/by-id/...`',
  '- the header of a Raspberry Pi: switch the serial port on with `sudo raspi-config`, without its console',
  '- a modem in the network needs no port here: `port: tcp://host:port`',
];

export function registerPorts(
  program: Command,
  terminal: Terminal = processTerminal,
  options: SerialListOptions = {},
): void {
  program
    .command('ports')
    .description('list serial ports: stable name, device, who holds it, which modem it may be')
    .option('--json', 'print one JSON array')
    .action(async ({ json }: { json?: true }) => {
      terminal.exitWith(await run(json === true, terminal, options));
    });
}

async function run(
  isJson: boolean,
  terminal: Terminal,
  options: SerialListOptions,
): Promise<number> {
  // Loaded here alone: other commands need no ports.
  const { listSerialPorts } = await import('../links/port/serial-list.js');
  const ports = await listSerialPorts(options);
  if (isJson) terminal.out(`${JSON.stringify(ports, null, 2)}\n`);
  else if (ports.length === 0) for (const line of NOTHING) terminal.err(line);
  else terminal.out(ports.map(textOf).join('\n'));
  return EXIT.ok;
}

function textOf(port: SerialPortFacts): string {
  const { path, device, permanence, usb, guess, holders, problem, isConsole } = port;
  const lines: [name: string, text: string | undefined][] = [
    ['device', device === path ? undefined : device],
    ['name', nameText(permanence, usb)],
    ['adapter', usb && adapterText(usb)],
    ['serial number', usb && (usb.serialNumber ?? 'none')],
    ['probably', guess?.what],
    ['modem', guess && (guess.modems.join(', ') || 'none')],
    ['note', guess?.conflict],
    ['held by', holders.map(({ program, pid }) => `${program} (process ${pid})`).join(', ')],
    ['console', isConsole ? 'the system writes its messages here: switch that off' : undefined],
    ['problem', problem],
  ];
  const shown = lines.filter((line): line is [string, string] => Boolean(line[1]));
  return [
    `${path}\n`,
    ...shown.map(([name, text]) => `  ${name.padEnd(NAME_COLUMN)}${text}\n`),
  ].join('');
}

function nameText(permanence: Permanence, usb: UsbIdentity | undefined): string | undefined {
  switch (permanence) {
    case 'device':
      return 'stays the same in every socket';
    case 'socket': {
      const why =
        usb?.serialNumber === undefined ? 'it has no serial number' : 'others are called the same';
      return `stays the same in this socket (${why})`;
    }
    case 'board':
      return 'stays the same: it is part of the board';
    case 'none':
      return usb === undefined ? undefined : 'may be another one after the next start';
    default:
      return permanence satisfies never;
  }
}

function adapterText({ vendorId, productId, manufacturer, product }: UsbIdentity): string {
  const words = [manufacturer, product].filter((word) => word !== undefined).join(', ');
  const ids = `USB ${vendorId}:${productId}`;
  return words === '' ? ids : `${words} (${ids})`;
}
