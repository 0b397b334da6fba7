/**
 * What never enters a snapshot: secrets by name, and folders that are made from the rest. It is enforced on the list of
 * paths itself, since a project's own .gitignore can bring a file back (`!.env`) that an exclude file left out; the exclude
 * file only saves git the walk.
 */

/** In gitignore's language, any letter case; a trailing slash means folders only. */
export const DENIED_PATTERNS = [
  '.env*',
  '*.pem',
  '*.key',
  'id_*',
  '*.p12',
  '*.pfx',
  '*.jks',
  '*.keystore',
  '.npmrc',
  '.netrc',
  '.pypirc',
  '.git-credentials',
  'credentials*',
  '.aws/',
  '.ssh/',
  '.gnupg/',
  '.kube/',
  '.secrets/',
  '.moda/',
  'node_modules/',
  'dist/',
  'build/',
  'target/',
  '.venv/',
  '__pycache__/',
] as const;

/** Untracked files above this are left out: data, dumps, videos. */
export const UNTRACKED_BYTES_MAX = 2 * 1024 * 1024;

/** Tracked files above this keep the state of the seeded index. */
export const TRACKED_BYTES_MAX = 20 * 1024 * 1024;

const FOLDERS = toPattern(DENIED_PATTERNS.map((pattern) => pattern.replace(/\/$/, '')));
const FILES = toPattern(DENIED_PATTERNS.filter((pattern) => !pattern.endsWith('/')));

/** Whether a path (slashes between) is on the list, by one of its folders or by its own name. */
export function isDenied(path: string): boolean {
  const words = path.split('/');
  const name = words.pop() ?? '';
  return FILES.test(name) || words.some((word) => word === '.git' || FOLDERS.test(word));
}

function toPattern(globs: readonly string[]): RegExp {
  const alternatives = globs.map((glob) => glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'));
  return new RegExp(`^(?:${alternatives.join('|')})$`, 'is');
}
