/** Secrets that commands read, set or send, and forms of secrets that were encoded on their way. */

import { describe, expect, it } from 'vitest';
import { scrub } from './scrubbed.ts';

const SECRET = 'zQ8fK2mVt4LpX9rB';
const LONG = `${SECRET}${SECRET}${SECRET}`;
const EVERYTHING = { capturePrompts: true, captureOutputs: true };

/** What would be stored of it when everything is captured. */
const kept = (command: string): unknown =>
  scrub('codex', 'hooks', { hook_event_name: 'X', tool_input: { command } }, EVERYTHING).at('tool_input', 'command');

describe('cookies of curl', () => {
  it.each([
    `curl -b "session=${SECRET}" https://example.org`,
    `curl -s -b 'sid=${SECRET}; lang=en' https://example.org`,
    `curl -sb session=${SECRET} https://example.org`,
    `curl -H 'A: b' \\\n  -b"session=${SECRET}" https://example.org`,
    `curl -H "Accept: a/b; q=1" -b "sid=${SECRET}; lang=en" https://example.org`,
    `curl -b "v=1; sid=${SECRET}" https://example.org`,
    `curl -H "Cookie: v=1; sid=${SECRET}; lang=en" https://example.org`,
    `{\\"command\\":\\"curl -b \\\\\\"session=${SECRET}\\\\\\" https://`,
  ])('[D39] %s', (command) => {
    expect(kept(command)).not.toContain(SECRET);
    expect(kept(command)).toContain('[REDACTED:cookie-header]');
    expect(kept(command)).toContain('https://');
  });

  it('[D39] beside a password', () => {
    const text = kept(`curl -u bob:${SECRET} -b "sid=${SECRET}" https://example.org`);
    expect(text).toBe('curl -u bob:[REDACTED:command-password] -b "[REDACTED:cookie-header]" https://example.org');
  });

  it.each([
    'curl -b cookies.txt -c cookies.txt https://example.org',
    'curl -b "sid=$SID" https://example.org',
    'curl -b "$COOKIES" https://example.org',
    'curl -b "v=1; w=2" https://example.org',
    'document.cookie = "a=b; path=/; max-age=3600; SameSite=Lax"',
    'curl https://example.org && build -b mode=release',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});

describe('what a command reads', () => {
  it.each([
    `docker login -u ci --password-stdin <<< ${SECRET}`,
    `gh auth login --with-token <<< "${SECRET}"`,
    `sudo -S ls <<<'${SECRET}'`,
    `gh secret set NAME --repo a/b <<< ${SECRET}`,
    `echo ${SECRET} | gh secret set NAME`,
    `echo -n "${SECRET}" | npx wrangler secret put NAME`,
    `printf %s ${SECRET} | gh secret set NAME --repo a/b`,
    `printf '%s\\n' ${SECRET} | docker secret create name -`,
    `printf "%s" "${SECRET}" | gcloud secrets create name --data-file=-`,
  ])('[D39] %s', (command) => {
    expect(kept(command)).toBe(command.replace(SECRET, '[REDACTED:command-password]'));
  });

  it.each([
    'gh secret set NAME < file.txt',
    'gh secret set NAME <<< "$VALUE"',
    'echo "$VALUE" | gh secret set NAME',
    'gh secret set NAME; cat <<< words',
    'echo words | grep x; gh secret list',
    'cat <<< zQ8fK2mVt4LpX9rB',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});

describe('variables that a command sets', () => {
  it.each([
    [`flyctl secrets set FOO=${SECRET} BAR="${SECRET}" --app x`, 2],
    [`fly secrets set --app x --stage FOO=${SECRET}`, 1],
    [`fly secrets set \\\n  FOO=${SECRET} \\\n  BAR='${SECRET}'`, 2],
    [`supabase secrets set FOO=${SECRET}`, 1],
    [`heroku config:set FOO=${SECRET} NODE_ENV=production -a app`, 1],
    [`dokku config:set app FOO=${SECRET}`, 1],
  ] as const)('[D39] %s', (command, count) => {
    const text = String(kept(command));
    expect(text).toBe(command.replaceAll(SECRET, '[REDACTED:command-password]'));
    expect(text.match(/REDACTED/g)).toHaveLength(count);
  });

  it.each([
    'heroku config:set NODE_ENV=production WEB_CONCURRENCY=2 URL=https://example.org/a',
    'fly secrets set FOO=$FOO BAR="$' + '{BAR}"',
    'fly secrets set LOG=debug',
    'git config --add user.name Bob',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});

describe('encoded on its way', () => {
  const path = `services/T0AB12CD3/B0AB12CD3/${SECRET}abcdefgh`;
  it.each([
    ['slashes of JSON', `{"u":"https:\\/\\/hooks.slack.com\\/${path.replaceAll('/', '\\/')}","x":1`],
    ['slashes of JSON in JSON', `{\\"u\\":\\"https:\\\\/\\\\/hooks.slack.com\\\\/${path.replaceAll('/', '\\\\/')}\\"`],
    ['a percent-encoded webhook', `u=https%3A%2F%2Fhooks.slack.com%2F${path.replaceAll('/', '%2F')}`],
    [
      'slashes of JSON in a webhook of Discord',
      `https:\\/\\/discord.com\\/api\\/webhooks\\/123456789012345678\\/${LONG}`,
    ],
    ['a percent-encoded key', `q -----BEGIN%20PRIVATE%20KEY-----%0AMIIE${LONG}%2B%0A-----END%20PRIVATE%20KEY-----`],
    ['a key in a form', `q -----BEGIN+RSA+PRIVATE+KEY-----%0D%0AMIIE${LONG}%0D%0A`],
    ['a parameter of a parameter', `n=https%253A%252F%252Fh%252F%253Fpassword%253D${SECRET}`],
    ['a colon encoded three times', `token%25253A${SECRET}`],
    ['a token behind it', `r=%253Fq%253Dghp_${LONG}`],
  ])('[D41] %s', (_name, command) => {
    expect(kept(command)).not.toContain(SECRET);
    expect(kept(command)).toContain('[REDACTED:');
  });

  it.each([
    'q -----BEGIN%20PUBLIC%20KEY-----%0AMIIEzQ8fK2mVt4LpX9rBzQ8fK2mVt4LpX9rB',
    'https:\\/\\/hooks.slack.com\\/services\\/T000\\/B000\\/XXXX',
    'n=%253Fpage%253D2%2526token_type%253Dbearer',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});
