import { readFileSync } from 'node:fs';
import { Command, type CommanderError } from 'commander';
import { registerAirtime } from './airtime.js';
import { registerCapture } from './capture.js';
import { registerCheck } from './check.js';
import { registerConfig } from './config.js';
import { registerDecode } from './decode.js';
import { EXIT } from './exit-codes.js';
import { registerDoctor } from './doctor.js';
import { registerDevice, registerDevices, registerStatus } from './live.js';
import { registerModem } from './modem.js';
import { packageFile } from './package-files.js';
import { registerPorts } from './ports.js';
import { registerPub } from './pub.js';
import { registerReplay } from './replay.js';
import { registerRun } from './run.js';
import { registerSearch } from './search.js';
import { registerSimulate } from './simulate.js';
import { registerSub } from './sub.js';
import { registerTopics } from './topics.js';

const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  version: string;
};

/** The command line: every command registers itself. Wrong usage ends with its own exit code. */
export function program(): Command {
  const command = new Command('mqttsn-gateway')
    .description('brings MQTT-SN devices on UDP and radio links to any MQTT broker')
    .version(version)
    .helpOption('--help', 'show this help')
    .exitOverride(exitWithUsage);
  for (const register of [
    registerRun,
    registerCheck,
    registerDoctor,
    registerConfig,
    registerTopics,
    registerPub,
    registerSub,
    registerSearch,
    registerDecode,
    registerStatus,
    registerDevices,
    registerDevice,
    registerCapture,
    registerReplay,
    registerSimulate,
    registerAirtime,
    registerPorts,
    registerModem,
  ]) {
    register(command);
  }
  for (const sub of command.commands) sub.exitOverride(exitWithUsage);
  return command;
}

function exitWithUsage(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
}
