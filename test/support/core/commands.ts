/** What can happen in a world, as fast-check arbitraries; plain data, so that a failure prints it. */
import fc from 'fast-check';
import type { Mood } from './broker.js';
import { LAN, RADIO } from './config.js';
import type { Place } from './driver.js';
import type { OperatorCommand, World } from './world.js';

const TOPICS = [
  'ab',
  'a/b',
  'a/c',
  'pre/one',
  'pre/dev0',
  'a/name/that/goes/on/until/no/small/radio/can/ever/carry/it',
];
const FILTERS = ['a/b', 'a/+', '#', 'ab', 'pre/one', 'a/#/b', 1, 2, 9];
const PLACES: Place[] = [
  { link: LAN, address: 'A' },
  { link: LAN, address: 'C' },
  { link: RADIO, address: 'B' },
  { link: RADIO, address: 'F', node: Uint8Array.of(1) },
  { link: RADIO, address: 'F', node: Uint8Array.of() },
];

/** Mostly the same two, so that things happen to a device one upon the other: dev3 is the odd one. */
const dev = fc.constantFrom(0, 0, 0, 0, 3, 3, 1, 2);
const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
const topic = fc.constantFrom(...TOPICS);
const flag = fc.boolean();
const is = <T extends string>(act: T) => fc.constant(act);

/** Lengths of time that matter: retries, keep alives, sleeps, waits, and the instants before them. */
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 500, 999, 1000, 9_999, 10_000) },
  { weight: 3, arbitrary: fc.nat(40_000) },
  { weight: 1, arbitrary: fc.constantFrom(40_000, 45_000, 301_000, 660_000, 3_600_000) },
);

const commands = {
  connect: fc.record({
    act: is('connect'),
    dev,
    cleanSession: flag,
    will: flag,
    duration: fc.constantFrom(0, 600, 600, 30, 60, 61),
    answersPrompts: fc.boolean(),
  }),
  bye: fc.record({ act: is('bye'), dev }),
  sleep: fc.record({ act: is('sleep'), dev, seconds: fc.constantFrom(600, 600, 600, 60, 61, 0) }),
  ping: fc.record({
    act: is('ping'),
    dev,
    as: fc.option(fc.constantFrom('dev0', 'dev1', 'dev2', 'dev3', 'nobody')),
  }),
  wake: fc.record({ act: is('wake'), dev }),
  register: fc.record({ act: is('register'), dev, topic }),
  publish: fc.record({ act: is('publish'), dev, qos, kind: fc.constantFrom<0 | 1 | 2>(0, 1, 2) }),
  repeat: fc.record({ act: is('repeat'), dev }),
  subscribe: fc.record({
    act: is('subscribe'),
    dev,
    filter: fc.constantFrom(...FILTERS),
    qos,
    short: flag,
  }),
  unsubscribe: fc.record({ act: is('unsubscribe'), dev, topic }),
  will: fc.record({
    act: is('will'),
    dev,
    part: fc.constantFrom<'topic' | 'message' | 'none'>('topic', 'message', 'none'),
  }),
  message: fc.record({
    act: is('message'),
    dev,
    topic,
    qos,
    bytes: fc.constantFrom(0, 50, 57, 58, 300),
  }),
  wait: fc.record({ act: is('wait'), ms: wait }),
  roam: fc.record({ act: is('roam'), dev, to: fc.nat(PLACES.length - 1) }),
  broker: fc.record({
    act: is('broker'),
    mood: fc.constantFrom<Mood>('prompt', 'prompt', 'slow', 'slow', 'refused', 'unavailable'),
  }),
  catchUp: fc.record({ act: is('catchUp'), count: fc.integer({ min: 1, max: 5 }) }),
  closed: fc.record({ act: is('closed'), dev }),
  operator: fc.record({
    act: is('operator'),
    dev,
    command: fc.constantFrom<OperatorCommand>('disconnect', 'forget', 'buffer-clear'),
  }),
  radio: fc.record({ act: is('radio'), loss: fc.constantFrom(0, 0, 0, 10, 30, 100) }),
};

export type Command = {
  [K in keyof typeof commands]: (typeof commands)[K] extends fc.Arbitrary<infer T> ? T : never;
}[keyof typeof commands];

const often = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary });

/** Any one thing; what makes stories (connecting, messages, time) comes more often. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  often(10, commands.connect),
  often(14, commands.sleep),
  often(16, commands.wake),
  often(24, commands.message),
  often(14, commands.wait),
  often(10, commands.publish),
  often(6, commands.repeat),
  often(4, commands.subscribe),
  often(4, commands.catchUp),
  ...Object.values(commands).map((arbitrary) => often(2, arbitrary as fc.Arbitrary<Command>)),
);

export function perform(world: World, command: Command): void {
  switch (command.act) {
    case 'connect':
      connect(world, command);
      return;
    case 'message':
      world.message(world.device(command.dev).clientId, command.topic, command.qos, command.bytes);
      return;
    case 'wait':
      world.wait(command.ms);
      return;
    case 'roam':
      world.move(world.device(command.dev), PLACES[command.to] as Place);
      return;
    case 'broker':
      world.broker.mood = command.mood;
      return;
    case 'catchUp':
      world.catchUp(command.count);
      return;
    case 'closed':
      world.closed(world.device(command.dev).clientId);
      return;
    case 'operator':
      world.operate(world.device(command.dev).clientId, command.command);
      return;
    case 'radio':
      world.loss = command.loss;
      return;
    default:
      say(world, command);
  }
}

function connect(
  world: World,
  { dev, answersPrompts, ...options }: Extract<Command, { act: 'connect' }>,
): void {
  const device = world.device(dev);
  const { cleanSession, will, duration } = options;
  const message = device.connect({ cleanSession, will, duration });
  const { loss } = world;
  // Prompts that the radio swallows stay unanswered.
  if (!answersPrompts) world.loss = Math.max(loss, 50);
  world.say(device, message);
  world.loss = loss;
}

type Saying = Exclude<
  Command,
  {
    act:
      | 'connect'
      | 'message'
      | 'wait'
      | 'roam'
      | 'broker'
      | 'catchUp'
      | 'closed'
      | 'operator'
      | 'radio';
  }
>;

function say(world: World, command: Saying): void {
  const device = world.device(command.dev);
  switch (command.act) {
    case 'bye':
      return world.say(device, { type: 'DISCONNECT' });
    case 'sleep':
      return world.say(device, { type: 'DISCONNECT', duration: command.seconds });
    case 'ping':
      return world.ping(device, command.as ?? undefined);
    case 'wake':
      return world.say(device, { type: 'PINGREQ', clientId: device.clientId });
    case 'register':
      return world.say(device, device.register(command.topic));
    case 'publish':
      return world.say(device, device.publish(command.qos, command.kind));
    case 'repeat':
      return world.say(device, device.repeat());
    case 'subscribe':
      return world.say(device, device.subscribe(command.filter, command.qos, command.short));
    case 'unsubscribe':
      return world.say(device, device.unsubscribe(command.topic));
    case 'will':
      return world.say(device, device.updateWill(command.part));
    default:
      command satisfies never;
  }
}
