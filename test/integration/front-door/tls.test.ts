/** TLS by PEM files. */

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ListenError } from '../../../src/http/listener.ts';
import { KEY, openFrontDoor } from './support/front-door.ts';

const FIXTURES = resolve(import.meta.dirname, 'fixtures');
const certFile = resolve(FIXTURES, 'localhost.cert.pem');
const keyFile = resolve(FIXTURES, 'localhost.key.pem');

it('serves HTTPS with the certificate of the PEM files', async () => {
  const door = await openFrontDoor({ tls: { certFile, keyFile } });
  const status = await new Promise<number | undefined>((resolved, rejected) => {
    const sent = request(
      {
        port: door.port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/otel/claude/logs',
        ca: readFileSync(certFile),
        agent: false,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
      (response) => {
        response.resume();
        resolved(response.statusCode);
      },
    );
    sent.on('error', rejected);
    sent.end(Buffer.alloc(200_000, 0x20));
  });
  expect(status).toBe(200);
  expect(door.received[0]?.body).toHaveLength(200_000);
  door.stop();
});

it('refuses files that are no certificate and key, in one line', async () => {
  const opened = openFrontDoor({ tls: { certFile: keyFile, keyFile: certFile } });
  await expect(opened).rejects.toThrow(ListenError);
  await expect(opened).rejects.toThrow(/^TLS: .*PEM$/);
});
