import { describe, expect, it } from 'vitest';
import { Summary } from '../../../src/cli/live/summary.js';
import { connected, message } from '../../support/core/messages.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';

/** What a terminal shows of its latest lines: `\r` goes back, and the code behind it erases the line. */
function screen(columns = 200) {
  const written: string[] = [];
  return {
    columns,
    write: (text: string) => written.push(text),
    get lines(): string[] {
      return written
        .join('')
        .split('\n')
        .map((line) => line.split('\r\u001b[2K').at(-1) ?? '');
    },
  };
}

describe('the line at the foot of the terminal', () => {
  it('has the broker, devices, frames of the latest second, and what waits', () => {
    const gateway = new WatchedGateway();
    const shown = screen();
    const summary = new Summary(shown);
    summary.start(gateway);
    expect(shown.lines).toEqual(['broker connected | no device | in 0/s, out 0/s']);
    connected(gateway.driver, 'A', 'dev1', { cleanSession: false });
    gateway.driver.send('A', { type: 'DISCONNECT', duration: 300 });
    message(gateway.driver, 'dev1');
    gateway.counters.trafficOf('lan').receivedFrames = 12;
    summary.renew(gateway);
    expect(shown.lines).toEqual(['broker connected | 1 ASLEEP | in 12/s, out 0/s | 1 waiting']);
    summary.renew(gateway);
    expect(shown.lines[0]).toContain('in 0/s');
    summary.stop();
    expect(shown.lines).toEqual(['']);
  });

  it('says aloud what is wrong', () => {
    const gateway = new WatchedGateway();
    gateway.driver.event({ event: 'availability', up: false });
    gateway.driver.failStore();
    gateway.health.onReady('radio');
    gateway.health.onWarning('radio', 'LINK_PORT_LOST', 'gone');
    const shown = screen();
    const summary = new Summary(shown);
    summary.start(gateway);
    summary.stop();
    summary.renew(gateway);
    expect(shown.lines[0]).toMatch(/^BROKER AWAY \| STORE FAILING \| DOWN: radio \| /);
  });

  it('is below the lines of the log, and never within them', () => {
    const shown = screen();
    const summary = new Summary(shown);
    summary.log.write('before\n');
    summary.start(new WatchedGateway());
    summary.log.write('one\ntwo\n');
    summary.log.write('three\n');
    expect(shown.lines.slice(0, -1)).toEqual(['before', 'one', 'two', 'three']);
    expect(shown.lines.at(-1)).toMatch(/^broker connected/);
    summary.stop();
    summary.log.write('after\n');
    expect(shown.lines.slice(-2)).toEqual(['after', '']);
  });

  it('is never longer than the terminal is wide', () => {
    const shown = screen(10);
    const summary = new Summary(shown);
    summary.start(new WatchedGateway());
    summary.stop();
    summary.renew(new WatchedGateway());
    expect(shown.lines).toEqual(['broker co']);
  });
});
