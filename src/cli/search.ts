/** `search`: which gateways are there? */
import type { Command } from 'commander';
import { ClientError } from '../client/errors.js';
import { type FoundGateway, searchGateways } from '../client/search.js';
import { addressText, resolveGateway } from '../client/udp.js';
import { port, positiveSeconds, wholeNumber } from './arguments.js';
import { hexText } from '../observe/explain/text.js';
import { EXIT } from './exit-codes.js';
import { processTerminal, type Terminal } from './terminal.js';

interface SearchCommandOptions {
  host: string;
  port: number;
  radius: number;
  wait: number;
}

export function registerSearch(program: Command, terminal: Terminal = processTerminal): void {
  program
    .command('search')
    .description('look for MQTT-SN gateways; exit code 1 when none answers')
    .helpOption('--help', 'show this help')
    .option('-h, --host <host>', 'multicast group, broadcast address or host to ask', '225.1.1.1')
    .option('-p, --port <port>', 'its UDP port', port, 1883)
    .option(
      '-r, --radius <hops>',
      'how far the search may travel; 0: everywhere',
      wholeNumber(0, 255),
      0,
    )
    .option('-w, --wait <seconds>', 'how long to wait for answers', positiveSeconds, 5)
    .action(async (options: SearchCommandOptions) => {
      terminal.exitWith(await run(options, terminal));
    });
}

async function run(options: SearchCommandOptions, terminal: Terminal): Promise<number> {
  const interruption = new AbortController();
  const stopListening = terminal.onInterrupt(() => interruption.abort());
  try {
    const target = await resolveGateway(options.host, options.port);
    const found = await searchGateways(
      {
        target,
        radius: options.radius,
        waitMs: options.wait * 1000,
        signal: interruption.signal,
      },
      (gateway) => terminal.out(`${foundText(gateway)}\n`),
    );
    if (found > 0) return EXIT.ok;
    terminal.err(
      `no gateway answered at ${addressText(target)}; ask one directly with -h HOST -p PORT`,
    );
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    terminal.err(error.message);
  } finally {
    stopListening();
  }
  return EXIT.failed;
}

function foundText({ gwId, gwAdd, ...from }: FoundGateway): string {
  if (gwAdd === undefined) return `gateway ${gwId} at ${addressText(from)}`;
  return `gateway ${gwId} at ${hexText(gwAdd)}, says the client at ${addressText(from)}`;
}
