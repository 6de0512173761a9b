/** The rules between the keys of a scene. */
import { DeviceNumbering } from './numbering.js';
import type { DevicePlan, FaultPlan, PositionPlan, Scene } from './schema.js';
import type { Path } from './source.js';

export interface Problem {
  path: Path;
  message: string;
}

export function problemsOf(scene: Scene): Problem[] {
  return [
    ...Object.entries(scene.radios).flatMap(([name, { path_loss: loss, links }]) =>
      when(loss !== undefined && links.length > 0, {
        path: ['radios', name, 'links'],
        message: 'has no effect beside path_loss: give one of the two',
      }),
    ),
    ...modemProblems(scene),
    ...scene.devices.flatMap((device, i) => deviceProblems(scene, device, ['devices', i])),
    ...twice(scene),
    ...scene.faults.flatMap((fault, i) => faultProblems(scene, fault, ['faults', i])),
  ];
}

function modemProblems(scene: Scene): Problem[] {
  return scene.modems.flatMap(({ radio, at, port, dialect }, i) => [
    ...radioProblems(scene, radio, at, ['modems', i]),
    ...when(port.stable !== undefined && port.pty === undefined, {
      path: ['modems', i, 'port', 'stable'],
      message: 'is for a pty: a port in the network has one name anyway',
    }),
    ...when(dialect === 'xbee' && scene.radios[radio]?.acknowledge === undefined, {
      path: ['modems', i, 'radio'],
      message: `is ${radio}, whose frames nobody acknowledges, as XBees do: give that radio \`acknowledge\``,
    }),
  ]);
}

function radioProblems(
  scene: Scene,
  name: string,
  position: PositionPlan | undefined,
  holder: Path,
): Problem[] {
  const radio = scene.radios[name];
  const path = [...holder, 'radio'];
  if (radio === undefined) return [unknown(path, 'radio', name, Object.keys(scene.radios))];
  return when(radio.path_loss !== undefined && position === undefined, {
    path: [...holder, 'at'],
    message: `is missing: the path loss of ${name} depends on it`,
  });
}

function deviceProblems(scene: Scene, device: DevicePlan, path: Path): Problem[] {
  const { radio, via, udp, header, node, reliable, roams, kind } = device;
  if ((radio === undefined) === (udp === undefined)) {
    return [{ path, message: 'needs either `radio` and `via`, or `udp`' }];
  }
  const problems: Problem[] = [];
  if (kind === 'beacon' && device.topic.kind === 'normal') {
    const message = 'must be { predefined: ID } or { short: two characters }: QoS -1 has no others';
    problems.push({ path: [...path, 'topic'], message });
  }
  if (radio !== undefined) {
    if (kind === 'hostile' && device.sockets > 1) {
      problems.push({ path: [...path, 'sockets'], message: 'is for `udp`: a radio is one place' });
    }
    problems.push(...radioProblems(scene, radio, device.at, path));
    problems.push(...viaProblems(scene, radio, via, [...path, 'via']));
  }
  if (roams !== undefined) {
    problems.push(...radioProblems(scene, roams.radio, device.at, [...path, 'roams']));
    problems.push(...viaProblems(scene, roams.radio, roams.via, [...path, 'roams', 'via']));
  }
  if (radio === undefined && roams === undefined) return problems;
  if (header !== 'none' && header !== 'hex' && !isNode(header, node)) {
    const wanted = header === 'fe' ? 'octets in hexadecimal' : 'a number from 0 to 254';
    problems.push({ path: [...path, 'node'], message: `must be ${wanted}, for header: ${header}` });
  }
  if (reliable !== undefined && header !== 'radiohead') {
    problems.push({ path: [...path, 'reliable'], message: 'is for header: radiohead' });
  }
  return problems;
}

function viaProblems(scene: Scene, radio: string, via: string | undefined, path: Path): Problem[] {
  const modem = scene.modems.find(({ id }) => id === via);
  const names = scene.modems.filter((one) => one.radio === radio).map(({ id }) => id);
  if (modem === undefined) return [unknown(path, 'modem', via ?? '', names)];
  return when(modem.radio !== radio, {
    path,
    message: `is ${modem.id}, whose radio is ${modem.radio} and not ${radio}`,
  });
}

/** Numbers are filled in first: the first device stands for all. */
function isNode(header: 'fe' | 'radiohead', template: string | undefined): boolean {
  const node = new DeviceNumbering(1).fill(template ?? '');
  if (header === 'fe') return /^([0-9a-f]{2})+$/i.test(node);
  return /^\d+$/.test(node) && Number(node) <= 254;
}

function twice({ modems, devices }: Scene): Problem[] {
  const seen = new Set(modems.map(({ id }) => id));
  const problems: Problem[] =
    seen.size === modems.length
      ? []
      : [{ path: ['modems'], message: 'has two modems of the same id' }];
  devices.forEach((device, i) => {
    for (let n = 1; n <= device.count; n++) {
      const id = new DeviceNumbering(n).fill(device.id);
      if (!seen.has(id)) seen.add(id);
      else {
        const hint = device.count > 1 && n > 1 ? '; with `count`, put {n} into it' : '';
        problems.push({ path: ['devices', i, 'id'], message: `is there twice: ${id}${hint}` });
        return;
      }
    }
  });
  return problems;
}

/** What each fault acts on, and whether it lasts. */
const ACTIONS = {
  outage: 'lasts',
  loss: 'lasts',
  unplug: 'lasts',
  modem: 'lasts',
  reset: 'is over at once',
  noise: 'is over at once',
  reboot: 'may last',
} as const;

type Action = keyof typeof ACTIONS;

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly Action[];

function faultProblems(scene: Scene, fault: FaultPlan, path: Path): Problem[] {
  const actions = ACTION_NAMES.filter((name) => fault[name] !== undefined);
  const [action] = actions;
  if (action === undefined || actions.length > 1) {
    return [{ path, message: `must have one of ${ACTION_NAMES.join(', ')}` }];
  }
  const lasts = ACTIONS[action];
  return [
    ...when((fault.at === undefined) === (fault.every === undefined), {
      path,
      message: 'must have either `at` or `every`',
    }),
    ...when(fault.every === 0, { path: [...path, 'every'], message: 'must not be 0' }),
    ...when(lasts === 'lasts' && fault.for === undefined, {
      path,
      message: `must say how long the ${action} lasts, with \`for\``,
    }),
    ...when(lasts === 'is over at once' && fault.for !== undefined, {
      path: [...path, 'for'],
      message: `makes no sense with ${action}, which is over at once`,
    }),
    ...when(fault.as !== undefined && action !== 'unplug', {
      path: [...path, 'as'],
      message: 'is for `unplug` alone',
    }),
    ...targetProblems(scene, fault, path),
  ];
}

function targetProblems(scene: Scene, fault: FaultPlan, path: Path): Problem[] {
  const radios = Object.keys(scene.radios);
  const modems = scene.modems.map(({ id }) => id);
  const devices = scene.devices.flatMap((device) =>
    Array.from({ length: device.count }, (_, i) => new DeviceNumbering(i + 1).fill(device.id)),
  );
  const targets: [string | undefined, string, readonly string[], Path][] = [
    [fault.outage, 'radio', radios, ['outage']],
    [fault.loss?.radio, 'radio', radios, ['loss', 'radio']],
    [fault.unplug, 'modem', modems, ['unplug']],
    [fault.reset, 'modem', modems, ['reset']],
    [fault.modem?.id, 'modem', modems, ['modem', 'id']],
    [fault.noise?.modem, 'modem', modems, ['noise', 'modem']],
    [fault.reboot, 'device', devices, ['reboot']],
  ];
  return targets.flatMap(([name, kind, known, key]) => {
    if (name === undefined || known.some((one) => matches(one, name))) return [];
    return [unknown([...path, ...key], kind, name, known)];
  });
}

/** `sensor-*` is every id that begins with `sensor-`. */
export const matches = (id: string, pattern: string): boolean =>
  pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

/** More names would not help to find the one that was meant. */
const NAMES_SHOWN_MAX = 8;

function unknown(path: Path, kind: string, name: string, known: readonly string[]): Problem {
  const shown = known.slice(0, NAMES_SHOWN_MAX).join(', ');
  const dots = known.length > NAMES_SHOWN_MAX ? ', ...' : '';
  const there = known.length === 0 ? 'there is none' : `there are ${shown}${dots}`;
  const message = name === '' ? `is missing: which ${kind}?` : `there is no ${kind} "${name}"`;
  return { path, message: `${message}; ${there}` };
}

const when = (isSo: boolean, problem: Problem): Problem[] => (isSo ? [problem] : []);
