/** ~/.moda/config.json: the API key and the server's address, which `moda init` saves and hooks read. */

import { fs, path } from './builtins.ts';
import { DEFAULT_ENDPOINT } from './settings.ts';

export interface SavedConfig {
  readonly apiKey: string | undefined;
  readonly endpoint: string | undefined;
}

/** What is saved; nothing when the file is missing or broken, which `moda doctor` reports. */
export function readConfig(home: string): SavedConfig {
  const values = readValues(home) ?? {};
  return { apiKey: text(values['api_key']), endpoint: text(values['endpoint']) };
}

/** Whether the file exists and cannot be read as what it should be. */
export function isConfigBroken(home: string): boolean {
  return fs.existsSync(configPath(home)) && readValues(home) === undefined;
}

/** Saves key and endpoint with mode 0600 in a directory of mode 0700; other members of the file stay. */
export async function saveConfig(home: string, apiKey: string, endpoint: string): Promise<void> {
  const { replaceFile } = await import('./files/private-file.ts');
  const { ensurePrivateDirectory, modaHome } = await import('./files/moda-home.ts');
  ensurePrivateDirectory(modaHome(home));
  const file = configPath(home);
  const values = { ...readValues(home), api_key: apiKey, endpoint };
  const written = `${JSON.stringify(values, undefined, 2)}\n`;
  const isSame = fs.existsSync(file) && fs.readFileSync(file, 'utf8') === written;
  if (isSame && (fs.statSync(file).mode & 0o777) === 0o600) return;
  replaceFile(fs.existsSync(file) ? fs.realpathSync(file) : file, written, 0o600);
}

/** Where the file is. */
export function configPath(home: string): string {
  return path.join(home, '.moda', 'config.json');
}

/**
 * The server's base address without a trailing slash, or undefined when the text is not one. Credentials, query and
 * fragment are refused: routes are appended to it, and it is written into settings files.
 */
export function parseEndpoint(candidate: string): string | undefined {
  if (!URL.canParse(candidate)) return undefined;
  const url = new URL(candidate);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/**
 * Whether a key can travel in a header and in OTEL_EXPORTER_OTLP_HEADERS, where a comma ends the pair, a semicolon its value,
 * and a percent sign begins an escape.
 */
export function isApiKey(candidate: string): boolean {
  return /^[!-~]{1,512}$/.test(candidate) && !/[,;%]/.test(candidate);
}

/** Flag before environment before file before default. */
export function chooseEndpoint(...candidates: readonly (string | undefined)[]): string {
  return candidates.find((candidate) => candidate !== undefined) ?? DEFAULT_ENDPOINT;
}

function readValues(home: string): Record<string, unknown> | undefined {
  try {
    // Editors on Windows put a byte order mark before it.
    const parsed: unknown = JSON.parse(fs.readFileSync(configPath(home), 'utf8').replace(/^\uFEFF/, ''));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    // Missing or broken: both mean that nothing is saved.
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
