import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tlsFault } from '../../../src/cli/tls-faults.ts';
import { eachInSandbox, KEY, sandbox } from './each-sandbox.ts';
import { startPeer } from './sandbox.ts';

eachInSandbox();

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../integration/front-door/fixtures/${name}`, import.meta.url));

let server: https.Server;
beforeEach(async () => {
  const options = {
    cert: fs.readFileSync(fixture('localhost.cert.pem')),
    key: fs.readFileSync(fixture('localhost.key.pem')),
  };
  server = https.createServer(options, (_request, response) => {
    response.end('{"tenant":"acme","key":"laptop","skills":[]}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  sandbox.saveConfig(`https://127.0.0.1:${port}`, KEY);
  fs.chmodSync(sandbox.at('.moda'), 0o700);
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

describe('a server behind a certificate authority of its own', () => {
  it('doctor says that the authority is not known, and which variable names it', async () => {
    const { code, stdout } = await sandbox.run(['doctor', '--no-canary']);
    expect(code).toBe(1);
    expect(stdout).toContain('an authority that this machine does not know: DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(stdout).toContain('NODE_EXTRA_CA_CERTS, here and where the agents are started');
    expect(stdout).not.toContain('start the server');
    const init = await sandbox.run(['init', '--yes']);
    expect([init.code, init.stderr.includes('NODE_EXTRA_CA_CERTS')]).toStrictEqual([4, true]);
  });

  it('doctor works with it, and says that the agents need it too', async () => {
    const env = { NODE_EXTRA_CA_CERTS: fixture('localhost.cert.pem') };
    const { code, stdout } = await sandbox.run(['doctor', '--no-canary'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('hooks and exporters do only where the agent is started with it too');
  });

  it('tells a server without TLS from one that is not there', async () => {
    const plain = await startPeer();
    const address = plain.url.replace('http:', 'https:');
    const run = await sandbox.run(['doctor', '--no-canary', `--endpoint=${address}`]);
    expect(run.stdout).toContain('if the server speaks plain http');
    await plain.close();
    expect(tlsFault('ECONNREFUSED', address)).toBeUndefined();
  });

  it('tells a server with TLS that is called without from one that is not there', async () => {
    const { port } = server.address() as AddressInfo;
    const run = await sandbox.run(['doctor', '--no-canary', `--endpoint=http://127.0.0.1:${port}`]);
    expect(run.stdout).toMatch(/it hung up: \w+\)\n.* if the server speaks TLS, .*https:/);
    expect(tlsFault('ECONNRESET', 'https://127.0.0.1')).toBeUndefined();
  });
});
