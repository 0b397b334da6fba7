/** Where secrets stand in the traffic of agents: shells, headers, flags, URLs, JSON (also inside strings), YAML, prose, code. */

export interface Context {
  readonly context: string;
  /** `name` is of small words; a distinct secret may stand without its name. */
  readonly write: (secret: string, name: string) => string;
  /** Shows no name: only for secrets that are known by their form. */
  readonly isNameless?: boolean;
  /** Takes secrets of several lines. */
  readonly takesLines?: boolean;
  /** Takes URLs. */
  readonly takesUrls?: boolean;
}

const snake = (name: string): string => name.replace(/ /g, '_');
const upper = (name: string): string => snake(name).toUpperCase();
const kebab = (name: string): string => name.replace(/ /g, '-');
const camel = (name: string): string => name.replace(/ ([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const json = (value: unknown): string => JSON.stringify(value);

export const CONTEXTS: readonly Context[] = [
  { context: 'env assignment', write: (s, n) => `${upper(n)}=${s} npm run deploy`, takesUrls: true },
  { context: 'export in quotes', write: (s, n) => `export ${upper(n)}="${s}"`, takesLines: true, takesUrls: true },
  { context: 'dotenv', write: (s, n) => `PORT=3000\n${upper(n)}=${s}\nDEBUG=true\n`, takesUrls: true },
  { context: 'bearer header', write: (s) => `curl -s -H "Authorization: Bearer ${s}" https://api.example.org/v1/items` },
  { context: 'own header', write: (s, n) => `curl -H 'X-${kebab(n)}: ${s}' https://api.example.org` },
  { context: 'flag with equals', write: (s, n) => `deploy --${kebab(n)}=${s} --region eu-west-1`, takesUrls: true },
  { context: 'flag with space', write: (s, n) => `deploy --${kebab(n)} ${s} --verbose`, takesUrls: true },
  { context: 'url query', write: (s, n) => `GET https://api.example.org/v1/items?page=2&${snake(n)}=${encodeURIComponent(s)}&limit=10` },
  { context: 'json', write: (s, n) => json({ host: 'db', [snake(n)]: s, port: 5432 }), takesLines: true, takesUrls: true },
  { context: 'json, camel case', write: (s, n) => `{\n  "${camel(n)}": ${json(s)},\n  "retries": 3\n}`, takesLines: true, takesUrls: true },
  { context: 'json in json', write: (s, n) => json({ tool: 'Bash', input: json({ [snake(n)]: s }) }), takesLines: true, takesUrls: true },
  { context: 'json in json in json', write: (s, n) => json({ a: json({ b: json({ [snake(n)]: s }) }) }), takesLines: true, takesUrls: true },
  { context: 'command in json in a string', write: (s, n) => json(json({ command: `export ${upper(n)}='${s}' && make` })).slice(1, -1), takesUrls: true },
  { context: 'yaml', write: (s, n) => `service:\n  region: eu\n  ${snake(n)}: ${s}\n  retries: 3\n`, takesUrls: true },
  { context: 'yaml in quotes', write: (s, n) => `- name: api\n  ${camel(n)}: "${s}"\n`, takesUrls: true },
  { context: 'yaml block', write: (s, n) => `${snake(n)}: |\n  ${s.replace(/\n/g, '\n  ')}\nnext: 1\n`, takesLines: true, takesUrls: true },
  { context: 'toml', write: (s, n) => `[auth]\n${snake(n)} = "${s}"\ntimeout = 30\n`, takesUrls: true },
  { context: 'python', write: (s, n) => `client = Client(${snake(n)}='${s}', timeout=30)`, takesUrls: true },
  { context: 'javascript', write: (s, n) => `const ${camel(n)} = "${s}";`, takesUrls: true },
  { context: 'go', write: (s, n) => `${camel(n)} := \`${s}\``, takesLines: true, takesUrls: true },
  { context: 'typed declaration', write: (s, n) => `private val ${camel(n)}: String = "${s}"`, takesUrls: true },
  { context: 'xml', write: (s, n) => `<config><${camel(n)}>${s}</${camel(n)}></config>` },
  { context: 'name and value', write: (s, n) => `env:\n  - name: ${upper(n)}\n    value: "${s}"\n`, takesUrls: true },
  { context: 'xml attributes', write: (s, n) => `<add key="${camel(n)}" value="${s}" />` },
  { context: 'powershell', write: (s, n) => `$env:${upper(n)} = "${s}"; dotnet run`, takesUrls: true },
  { context: 'fish', write: (s, n) => `set -gx ${upper(n)} ${s}`, takesUrls: true },
  { context: 'setter command', write: (s, n) => `gh secret set ${upper(n)} --body "${s}"`, takesUrls: true },
  { context: 'php', write: (s, n) => `define('${upper(n)}', '${s}');`, takesUrls: true },
  { context: 'ini', write: (s, n) => `[default]\nregion = eu\n${snake(n)} = ${s}\n`, takesUrls: true },
  { context: 'form', write: (s, n) => `curl -d '${snake(n)}=${encodeURIComponent(s)}' -d scope=read https://api.example.org` },
  { context: 'diff', write: (s, n) => `-${upper(n)}=old\n+${upper(n)}=${s}\n`, takesUrls: true },
  { context: 'markdown', write: (s, n) => `- **${n}**: \`${s}\``, takesUrls: true },
  { context: 'prose with name', write: (s, n) => `For the staging box the ${n} is ${s}, please keep it safe.` },
  { context: 'prose', write: (s) => `I pasted ${s} into the settings page and it worked.`, isNameless: true, takesUrls: true, takesLines: true },
  { context: 'argument', write: (s) => `./login.sh ${s} eu`, isNameless: true, takesUrls: true },
  { context: 'neutral json', write: (s) => json({ data: [1, { x: s }] }), isNameless: true, takesUrls: true, takesLines: true },
  { context: 'log line', write: (s) => `2026-11-22T10:00:00Z DEBUG client.py:88 using ${s} (cached)`, isNameless: true, takesUrls: true },
];
