/** What a start prints for people: where to send, with which key, where to look, and one command to try. */

import type { Config } from './config/settings.ts';
import type { Server } from './server.ts';

/** The text for stdout. It holds the development key only on the start that made it. */
export function bannerText(config: Config, server: Server): string {
  const { developmentKey: key } = server;
  const lines = [`Moda ingest listens on ${server.address}`];
  if (key?.isNew === true) lines.push(`Development key (tenant ${key.tenantId}), shown this once: ${key.key}`);
  if (key !== undefined) lines.push(`Development key (tenant ${key.tenantId}) is kept in ${key.file}`);
  const storeUrl = new URL(server.storeUrl);
  if (config.clickhouseUrl === undefined) {
    lines.push(`SQL: npm run sql -- "SELECT …", or ${storeUrl.href} (loopback only)`);
  } else {
    lines.push(`SQL: npm run sql -- "SELECT …" on ${storeUrl.host}`);
  }
  const address = server.address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  const bearer = key === undefined ? '$MODA_TOKEN' : `$(cat ${shellQuoted(key.file)})`;
  lines.push(
    'Try it:',
    `  curl ${address}/v1/otel/claude/hooks -H "Authorization: Bearer ${bearer}" -H "Content-Type: application/json" \\`,
    `    -d '{"hook":"PostToolUse","session_id":"try","tool_name":"Bash","success":true,"duration_ms":412}'`,
    '',
  );
  return lines.join('\n');
}

/** Inside double quotes and `$( )`: single quotes keep every character. */
function shellQuoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
