import type { TopicReference } from '../sn/messages.js';
import { ClientFirmware, type ClientOptions } from './client.js';
import type { DeviceSetup, Steps } from './firmware.js';
import { octetsOf, topicText } from './text.js';

export interface ActuatorOptions extends ClientOptions {
  /** Where commands come in. */
  commands: TopicReference;
  commandQos: 0 | 1 | 2;
  /** Where it tells what it has done; its payload is that of the command. */
  state: TopicReference;
  stateQos: 0 | 1 | 2;
  /** From a command to its effect. Default: 50 ms. */
  actMs?: number;
}

/** Commands that wait for their turn; newer ones are dropped. */
const COMMANDS_MAX = 8;

const ACT_MS = 50;

/** It pings after this share of its keep alive, so that a late ping is no silence. */
const PING_SHARE = 0.8;

/** From a failed CONNECT to the next: grows, by chance, so that a field does not come back as one. */
const CONNECT_PAUSE_MS = { min: 1000, max: 60_000 };

/** A relay on mains: always on, does what it is told, and says so. */
export class Actuator extends ClientFirmware {
  private readonly commands: Uint8Array[] = [];

  constructor(
    setup: DeviceSetup,
    private readonly options: ActuatorOptions,
  ) {
    super(setup, options);
  }

  protected override *life(): Steps {
    this.port.listen(true);
    let pauseMs = CONNECT_PAUSE_MS.min;
    for (;;) {
      yield* this.pause(this.random.between(0, pauseMs));
      pauseMs = Math.min(pauseMs * 2, CONNECT_PAUSE_MS.max);
      const { commands, commandQos } = this.options;
      if (!(yield* this.connect())) continue;
      if ((yield* this.subscribe(commands, commandQos)) === undefined) continue;
      pauseMs = CONNECT_PAUSE_MS.min;
      while (this.isConnected) yield* this.serve();
    }
  }

  /** What it says itself is no command, though somebody may have subscribed it to that. */
  protected override take(topic: string, payload: Uint8Array): void {
    if (topic === topicText(this.options.state)) return;
    if (this.commands.length < COMMANDS_MAX) this.commands.push(payload);
  }

  protected override forget(): void {
    super.forget();
    this.commands.length = 0;
  }

  private *serve(): Steps {
    const { actMs = ACT_MS, keepAliveSec, state, stateQos } = this.options;
    const [command] = this.commands;
    if (command !== undefined) {
      yield* this.pause(actMs);
      const done = {
        topic: state,
        payload: octetsOf(`done ${new TextDecoder().decode(command)}`),
        qos: stateQos,
        retain: false,
        messageId: this.nextMessageId(),
        isReceived: false,
      };
      // After a lost session it says it again in the next one: what it did is true still.
      if (yield* this.publish(done)) this.commands.shift();
      return;
    }
    // 6.11: what it hears shows the gateway nothing.
    const pingAt = this.saidAt + keepAliveSec * 1000 * PING_SHARE;
    const heard = yield { forMs: pingAt - this.timeline.now(), wants: () => true };
    if (heard !== undefined) this.hear(heard);
    else yield* this.request({ type: 'PINGREQ', clientId: '' }, ({ type }) => type === 'PINGRESP');
  }
}
