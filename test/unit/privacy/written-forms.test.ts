/** Secrets behind their names as markup, manifests and configuration write them, and what looks like one there. */

import { describe, expect, it } from 'vitest';
import { scrub } from './scrubbed.ts';

const SECRET = 'zQ8fK2mVt4LpX9rB';
const EVERYTHING = { capturePrompts: true, captureOutputs: true };

/** What would be stored of an output when everything is captured. */
const kept = (stdout: string): unknown =>
  scrub('codex', 'hooks', { hook_event_name: 'X', tool_response: { stdout } }, EVERYTHING).at(
    'tool_response',
    'stdout',
  );
const withoutRule = (text: unknown): string => String(text).replace(/\[REDACTED:[a-z-]+\]/g, '•');

describe('XML', () => {
  it.each([
    `<password>${SECRET}</password>`,
    `<ns2:password>${SECRET}</ns2:password>`,
    `<password type="text">${SECRET}</password>`,
    `<password>\n  ${SECRET}\n</password>`,
    `<password><![CDATA[${SECRET}]]></password>`,
    `<property name="db.password">${SECRET}</property>`,
    `<entry key='api_key'>${SECRET}</entry>`,
    `<password\r\n type="text">${SECRET}</password>`,
    `<property  name = "db.password">${SECRET}</property>`,
    `<property>\n  <name>fs.s3a.secret.key</name>\n  <value>${SECRET}</value>\n</property>`,
    `<key>password</key>\n<string>${SECRET}</string>`,
    `<setting name="Password" serializeAs="String"><value>${SECRET}</value></setting>`,
    `<string name=\\"api_key\\">${SECRET}<\\/string>`,
  ])('[D39] %s', (text) => expect(withoutRule(kept(text))).toBe(text.replace(SECRET, '•')));

  it('[D39] with entities and marks', () => {
    expect(withoutRule(kept(`<password>${SECRET},ta)il;9</password>`))).toBe('<password>•</password>');
    expect(withoutRule(kept(`<password>${SECRET}&amp;tail9</password>`))).toBe('<password>•</password>');
  });

  it.each([
    '<label for="password">Password1 of yours</label>',
    '<input type="password" name="password"/><b>Sommer24x</b>',
    '<password>$' + '{env.DB_PASSWORD}</password>',
    '<property name="password">$' + '{db.password}</property>',
    '<token-type>bearer1</token-type>',
    '<Token kind={4}>{value1}</Token>',
    '<name>password</name>\n<value>$' + '{DB_PASSWORD}</value>',
    '<key>NSPasswordUsage</key>\n<string>Asks for your password1</string>',
    '<property name="password"></property><x>zQ8fK2mV</x>',
  ])('[D40] %s stays', (text) => expect(kept(text)).toBe(text));
});

describe('configuration', () => {
  it.each([
    `variable "db_password" {\n  type    = string\n  default = "${SECRET}"\n}`,
    `variable "db_password" { default = "${SECRET}" }`,
    `password = <<EOT\n${SECRET}\nEOT`,
    `token = <<-"EOF"\n  ${SECRET}\n  EOF`,
    JSON.stringify(JSON.stringify({ file: `password = <<EOT\n${SECRET}\nEOT` })).slice(0, -1),
    `“password”: “${SECRET}”`,
    `deploy --token ^\r\n ${SECRET}`,
    `deploy --token \`\r\n ${SECRET}`,
    `Cookie: v=; session=${SECRET}`,
    `password\u00a0=\u00a0${SECRET}`,
  ])('[D39] %j', (text) => expect(kept(text)).not.toContain(SECRET));

  it.each([
    'variable "db_password" {\n  type = string\n  sensitive = true\n}\nvariable "region1" {\n  default = "eu-west-1"\n}',
    'variable "password_length" { default = "16x" }',
    'variable "db_password" { default = "" }',
    'cat <<EOT\nzQ8fK2mVt4LpX9rB\nEOT',
    'describe "token" { it "has two parts" }',
  ])('[D40] %j stays', (text) => expect(kept(text)).toBe(text));
});
