import { afterEach, describe, expect, it } from 'vitest';
import { registerSub } from '../../../src/cli/sub.js';
import { ScriptedGateway } from '../client/scripted-gateway.js';
import { runCommand, TestTerminal } from './test-terminal.js';
const cleanups = [];
afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse())
        await cleanup();
});
async function gatewayWith(script) {
    const gateway = await ScriptedGateway.start(script);
    cleanups.push(() => gateway.stop());
    const terminal = new TestTerminal();
    const sub = (args) => runCommand(registerSub, ['sub', '-p', `${gateway.port}`, '--retry', '0.05', ...args], terminal);
    return { gateway, terminal, sub };
}
const publish = (text, topicId = 5) => ({
    type: 'PUBLISH',
    dup: false,
    qos: 0,
    retain: false,
    topicIdType: 0,
    topicId,
    msgId: 0,
    data: Uint8Array.from(Buffer.from(text)),
});
describe('sub', () => {
    it('subscribes to every -t and -T, prints with -v and leaves after -C messages', async () => {
        const { gateway, terminal, sub } = await gatewayWith({
            SUBSCRIBE: ({ msgId }) => [
                { type: 'SUBACK', qos: 1, topicId: msgId + 20, msgId, returnCode: 0 },
            ],
        });
        const args = ['-t', 'a/b', '-t', 'ab', '-T', '9', '-q', '1', '-v', '-C', '2'];
        const done = sub(args);
        await gateway.came('SUBSCRIBE', 3);
        gateway.send(publish('one', 21));
        gateway.send({ ...publish('two'), topicIdType: 1, topicId: 9 });
        gateway.send(publish('three', 21));
        expect((await done).exitCode).toBe(0);
        expect(terminal.output).toBe('a/b one\npredefined:9 two\n');
        expect(gateway.received).toMatchObject([
            { type: 'CONNECT' },
            { type: 'SUBSCRIBE', topicIdType: 0, topicName: 'a/b', qos: 1 },
            { type: 'SUBSCRIBE', topicIdType: 2, topicName: 'ab', qos: 1 },
            { type: 'SUBSCRIBE', topicIdType: 1, topicId: 9, qos: 1 },
            { type: 'DISCONNECT' },
        ]);
    });
    it('-1 leaves after one message, with its exchange of QoS 2 complete', async () => {
        const { gateway, terminal, sub } = await gatewayWith();
        const done = sub(['-t', 'a/b', '-q', '2', '-1']);
        await gateway.came('SUBSCRIBE');
        gateway.send({ ...publish('once'), qos: 2, msgId: 8 });
        await gateway.came('PUBREC');
        gateway.send({ type: 'PUBREL', msgId: 8 });
        await done;
        expect(terminal.output).toBe('once\n');
        expect(gateway.log).toEqual(['CONNECT', 'SUBSCRIBE', 'PUBREC', 'PUBCOMP', 'DISCONNECT']);
    });
    it('--sleep sleeps, fetches what waits and sleeps on', async () => {
        let wakeUps = 0;
        const { gateway, terminal, sub } = await gatewayWith({
            PINGREQ: () => [publish(`wake-up ${++wakeUps}`), { type: 'PINGRESP' }],
        });
        await sub(['-t', 'a/b', '-i', 'dev1', '--sleep', '1', '-C', '2']);
        expect(terminal.output).toBe('wake-up 1\nwake-up 2\n');
        expect(gateway.received).toMatchObject([
            { type: 'CONNECT', clientId: 'dev1' },
            { type: 'SUBSCRIBE' },
            { type: 'DISCONNECT', duration: 1 },
            { type: 'PINGREQ', clientId: 'dev1' },
            { type: 'PINGREQ', clientId: 'dev1' },
            { type: 'DISCONNECT' },
        ]);
    });
    it('connects again when the gateway forgot it, and gives up at the second time', async () => {
        const { gateway, terminal, sub } = await gatewayWith();
        const done = sub(['-t', 'a/b']);
        await gateway.came('SUBSCRIBE');
        gateway.send({ type: 'DISCONNECT' });
        await gateway.came('SUBSCRIBE', 2);
        gateway.send(publish('still here'));
        await terminal.printed('still here');
        gateway.send({ type: 'DISCONNECT' });
        expect((await done).exitCode).toBe(1);
        expect(terminal.errors).toMatch(/connecting again\n.*ended the session with DISCONNECT/);
        expect(gateway.log).toEqual(['CONNECT', 'SUBSCRIBE', 'CONNECT', 'SUBSCRIBE']);
    });
    it('says good-bye when interrupted, and ends well', async () => {
        const { gateway, terminal, sub } = await gatewayWith();
        const done = sub(['-t', 'a/b']);
        await gateway.came('SUBSCRIBE');
        terminal.interrupt();
        expect((await done).exitCode).toBe(0);
        expect(gateway.log.at(-1)).toBe('DISCONNECT');
    });
    it('ends at once when interrupted twice', async () => {
        const { gateway, terminal, sub } = await gatewayWith({ DISCONNECT: () => [] });
        const done = sub(['-t', 'a/b']);
        await gateway.came('SUBSCRIBE');
        terminal.interrupt();
        await gateway.came('DISCONNECT');
        terminal.interrupt();
        expect((await done).exitCode).toBe(0);
    });
    it('explains a refused subscription', async () => {
        const { terminal, sub } = await gatewayWith({
            SUBSCRIBE: ({ msgId }) => [{ type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode: 2 }],
        });
        await sub(['-T', '99']);
        expect(terminal.exitCode).toBe(1);
        expect(terminal.errors).toContain('refused SUBSCRIBE (topic predefined:99) with return code 2 (invalid topic id)');
    });
    it.each([
        [[], 'name at least one topic by -t or -T'],
        [['-t', 'a/#/b'], '"a/#/b" is no topic filter'],
        [['-t', 'a/b', '-c'], 'add -i ID'],
    ])('%j is wrong usage', async (args, hint) => {
        const { exitCode, errors } = await runCommand(registerSub, ['sub', ...args]);
        expect(exitCode).toBe(64);
        expect(errors).toContain(hint);
    });
});
