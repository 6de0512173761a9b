import { describe, expect, it } from 'vitest';
import { type FoundGateway, searchGateways } from '../../../src/client/search.js';
import { ScriptedGateway } from './scripted-gateway.js';

async function search(gateway: ScriptedGateway, waitMs: number): Promise<FoundGateway[]> {
  const found: FoundGateway[] = [];
  const ending = new AbortController();
  const target = { address: '127.0.0.1', port: gateway.port, family: 4 as const };
  await searchGateways({ target, radius: 3, waitMs, signal: ending.signal }, (one) => {
    found.push(one);
    ending.abort();
  });
  return found;
}

describe('a search', () => {
  it('reports who answers, with the address the answer came from', async () => {
    const gateway = await ScriptedGateway.start();
    expect(await search(gateway, 4000)).toEqual([
      { gwId: 7, address: '127.0.0.1', port: gateway.port },
    ]);
    expect(gateway.received).toEqual([{ type: 'SEARCHGW', radius: 3 }]);
    await gateway.stop();
  });

  it('tells the address that a client gives for a gateway', async () => {
    const gwAdd = Uint8Array.of(10, 0, 0, 1);
    const gateway = await ScriptedGateway.start({
      SEARCHGW: () => [{ type: 'GWINFO', gwId: 2, gwAdd }],
    });
    const [found] = await search(gateway, 4000);
    expect([...(found?.gwAdd ?? [])]).toEqual([10, 0, 0, 1]);
    await gateway.stop();
  });

  it('ends after its time when nobody answers', async () => {
    const gateway = await ScriptedGateway.start({ SEARCHGW: () => [] });
    expect(await search(gateway, 50)).toEqual([]);
    await gateway.stop();
  });
});
