import { realpath } from 'node:fs/promises';
import type { LinkConfig, SerialLinkConfig } from '../../config/schema.js';
import { modemText } from '../../config/serial-link.js';
import { listenAddressText, portText } from '../../config/values.js';
import { type Holder, holdersOf } from '../../links/port/holders.js';
import { udpLink } from '../links.js';
import type { Outside } from '../outside.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** How long a multicast group has to be joined, or refused. */
const LISTEN_MS = 200;

/** Whether each link could do its work: its port is there, is ours to open, and nobody else has it. */
export async function examineLinks(
  links: readonly LinkConfig[],
  outside: Outside,
  running: Holder | undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after the other: two links may share what they open.
  for (const link of links) {
    switch (link.type) {
      case 'udp':
        findings.push(...(await examineUdp(link, outside, running)));
        break;
      case 'serial':
        findings.push(await examinePort(link, outside, running));
        break;
      default:
        link satisfies never;
    }
  }
  return findings;
}

async function examineUdp(
  config: Extract<LinkConfig, { type: 'udp' }>,
  outside: Outside,
  running: Holder | undefined,
): Promise<Finding[]> {
  const text = `link ${config.name}: UDP ${listenAddressText(config.listen)}`;
  if (running !== undefined) return [ok(`${text}, left to the gateway that runs`)];
  const link = udpLink(config, outside);
  const warnings: Finding[] = [];
  try {
    await link.start({
      datagram: () => {},
      told: () => {},
      info: () => {},
      warning: (_code, message) => warnings.push(warning(message, 'the message says what to do')),
    });
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    return [ok(text), ...warnings];
  } catch (error) {
    return [problem((error as Error).message)];
  } finally {
    await link.stop();
  }
}

async function examinePort(
  link: SerialLinkConfig,
  outside: Outside,
  running: Holder | undefined,
): Promise<Finding> {
  const text = `link ${link.name}: ${modemText(link)} at ${portText(link.port)}`;
  if (running !== undefined && (await isHeldBy(running, link))) {
    return ok(`${text}, in use by the gateway that runs (process ${running.pid})`);
  }
  try {
    const port = await outside.port(link).open({ received: () => {}, closed: () => {} });
    await port.close();
    return ok(`${text}, can be opened; \`modem probe\` asks the modem itself`);
  } catch (error) {
    return problem(`${text}: ${(error as Error).message}`);
  }
}

async function isHeldBy({ pid }: Holder, { port }: SerialLinkConfig): Promise<boolean> {
  // A device server in the network takes one client, and that is the gateway.
  if (port.kind === 'tcp') return true;
  const device = await realpath(port.path).catch(() => undefined);
  if (device === undefined) return false;
  return (await holdersOf(device)).some((holder) => holder.pid === pid);
}
