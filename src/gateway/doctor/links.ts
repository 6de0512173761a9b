import { access, constants, realpath } from 'node:fs/promises';
import type { LinkConfig, SerialLinkConfig } from '../../config/schema.js';
import { modemText } from '../../config/serial-link.js';
import { listenAddressText, portText } from '../../config/values.js';
import { holdersOf } from '../../links/port/holders.js';
import { listSerialPorts, type SerialPortFacts } from '../../links/port/serial-list.js';
import { udpLink } from '../links.js';
import type { Outside } from '../outside.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { listenRemedy } from './listening.js';
import { examinePortName } from './port-name.js';
import type { RunningGateway } from './running.js';

/** How long a multicast group has to be joined, or refused. */
const LISTEN_MS = 200;

/** Whether each link could do its work: its port is there, is ours to open, and nobody else has it. */
export async function examineLinks(
  links: readonly LinkConfig[],
  outside: Outside,
  running: RunningGateway | undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let ports: readonly SerialPortFacts[] | undefined;
  // One after the other: two links may share what they open.
  for (const link of links) {
    switch (link.type) {
      case 'udp':
        findings.push(...(await examineUdp(link, outside, running)));
        break;
      case 'serial':
        findings.push(await examinePort(link, outside, running));
        findings.push(...examinePortName(link, (ports ??= await listSerialPorts())));
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
  running: RunningGateway | undefined,
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
    return [problem((error as Error).message, listenRemedy(error as Error))];
  } finally {
    await link.stop();
  }
}

async function examinePort(
  link: SerialLinkConfig,
  outside: Outside,
  running: RunningGateway | undefined,
): Promise<Finding> {
  const text = `link ${link.name}: ${modemText(link)} at ${portText(link.port)}`;
  if (running !== undefined && (await mayHold(running, link))) {
    return ok(`${text}, left to the gateway that runs`);
  }
  try {
    const port = await outside.port(link).open({ received: () => {}, closed: () => {} });
    await port.close();
    return ok(`${text}, can be opened; \`modem probe\` asks the modem itself`);
  } catch (error) {
    return problem(`${text}: ${(error as Error).message}`);
  }
}

/** Whether it has the port, as far as our rights let us see. A device server in the network takes one client. */
async function mayHold({ pid }: RunningGateway, { port }: SerialLinkConfig): Promise<boolean> {
  if (port.kind === 'tcp') return true;
  const device = await realpath(port.path).catch(() => undefined);
  if (device === undefined) return false;
  const holders = await holdersOf(device);
  if (pid === undefined) return holders.length > 0;
  return holders.some((holder) => holder.pid === pid) || !(await canSeeFilesOf(pid));
}

const canSeeFilesOf = (pid: number): Promise<boolean> =>
  access(`/proc/${pid}/fd`, constants.R_OK).then(
    () => true,
    () => false,
  );
