/**
 * The yardstick: the least any program on Node can do. A datagram's payload goes straight into
 * MQTT.js; at QoS 1 the callback sends a 7-octet datagram back. No sessions, no checks, no limits.
 */
import { createSocket } from 'node:dgram';
import mqtt from 'mqtt';

const [udpPort, brokerPort, qos] = process.argv.slice(2).map(Number) as [number, number, 0 | 1];

/** PUBLISH with the short length: length, type, flags, topic id, message id. */
const HEADER_BYTES = 7;
const TOPIC = 'bench/device-000/temperature';

const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { protocolVersion: 5 });
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
const receipt = Buffer.from([7, 0x0d, 0, 1, 0, 0, 0]);

socket.on('message', (data, { address, port }) => {
  const payload = data.subarray(HEADER_BYTES);
  if (qos === 0) {
    client.publish(TOPIC, payload, { qos: 0 });
    return;
  }
  client.publish(TOPIC, payload, { qos: 1 }, () => {
    const answer = Buffer.from(receipt);
    data.copy(answer, 4, 5, 7);
    socket.send(answer, port, address);
  });
});
socket.bind(udpPort, '127.0.0.1', () => console.log('ready'));
