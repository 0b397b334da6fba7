/** Unique texts to plant: secrets in the forms that traffic has, prompts and outputs; and how to find what is left of them. */

const SECRET = /q7Zk([0-9a-z]{5})Vx2m/g;
const TEXT = /t9Qw([0-9a-z]{5})Zz4y/g;

const number = (index: number): string => index.toString(36).padStart(5, '0');
/** The part of a secret that must not be left. */
const secretCore = (index: number): string => `q7Zk${number(index)}Vx2m`;

const FORMS: readonly ((core: string) => string)[] = [
  (core) => `sk-ant-api03-${core}AbCdEf0123456789-_x`,
  (core) => `export OPENAI_API_KEY=${core}9fK2 && npm test`,
  (core) => `curl -H 'Authorization: Bearer ${core}8Lm3p' https://api.example.org/v1`,
  (core) => `git clone https://bob:${core}@git.example.org/x.git`,
  (core) => JSON.stringify({ user: 'bob', password: core }),
  (core) => `{\\"api_key\\": \\"${core}\\", cut off`,
  (core) => `ghp_${core}${'aB3'.repeat(9)}`.slice(0, 40),
  (core) => `deploy --token ${core} --region eu`,
  (core) => `Cookie: sid=${core}; theme=dark`,
  (core) => `the database password is ${core}, keep it safe`,
  (core) => JSON.stringify({ outer: JSON.stringify({ env: [{ name: 'DB_PASSWORD', value: core }] }) }),
  (core) => `client_id=42&client_secret=${core}&scope=read`,
];

/** A secret in the form that the index picks. */
export function secretCanary(index: number): string {
  return FORMS[index % FORMS.length]!(secretCore(index));
}

export function textCanary(index: number): string {
  return `lorem t9Qw${number(index)}Zz4y dolor`;
}

/** Indices of the canaries whose core is in the text. */
const secretsIn = (text: string): number[] => found(text, SECRET);
const textsIn = (text: string): number[] => found(text, TEXT);

function found(text: string, pattern: RegExp): number[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => Number.parseInt(match[1]!, 36)))];
}

/** Canaries seen in many texts. */
export class Sightings {
  readonly secrets = new Set<number>();
  readonly texts = new Set<number>();

  see(text: string): void {
    for (const index of secretsIn(text)) this.secrets.add(index);
    for (const index of textsIn(text)) this.texts.add(index);
  }
}
