import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { upstreamOptions } from '../../../src/gateway/upstream-options.js';

const MACHINE = {
  env: {},
  hostName: 'host',
  readFile: () => {
    throw new Error('no file is named');
  },
};

/** How `client` reaches the broker, under this configuration. */
function deviceUpstream(yaml: string, client: string) {
  const { config, errors } = parseConfig(yaml, 'gw.yaml', MACHINE);
  if (config === undefined) throw new Error(JSON.stringify(errors));
  return upstreamOptions(config, () => config).deviceOf(client);
}

const DOORS = `mqtt: { server: 'mqtt://broker' }
devices: [{ match: 'door-*', mode: transparent, user: '\${clientId}', password: p }]`;

describe('how a device reaches the broker', () => {
  it('is the default mode without a rule, and with the login of the gateway', () => {
    expect(deviceUpstream('mqtt: { mode: transparent }', 'd')).toEqual({ mode: 'transparent' });
  });

  it('is with the user and the password of its rule', () => {
    expect(deviceUpstream(DOORS, 'door-1')).toEqual({
      mode: 'transparent',
      user: 'door-1',
      password: 'p',
    });
  });

  it.each(['door-/x', 'door-+', 'door-#'])(
    'is refused, never with another login, when %s cannot stand in the user name',
    (client) => {
      const { user, password, refusal } = deviceUpstream(DOORS, client);
      expect({ user, password }).toEqual({ user: undefined, password: undefined });
      expect(refusal).toContain(client);
      expect(refusal).toContain('user');
    },
  );
});
