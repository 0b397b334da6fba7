/** Paths of edited files, made comparable between machines: relative to the session's working directory, bounded. */

const DEPTH_MAX = 6;
const PATH_CHARS_MAX = 512;

/** The path below `root`, with `/` between segments; undefined when it lies elsewhere or is no usable path. */
export function relativePath(path: string, root: string): string | undefined {
  if (path === '' || path.length > PATH_CHARS_MAX) return undefined;
  const slashed = path.replaceAll('\\', '/').replace(/\/+/g, '/');
  const base = root.replaceAll('\\', '/').replace(/\/+$/, '');
  const isAbsolute = slashed.startsWith('/') || /^[A-Za-z]:\//.test(slashed);
  if (!isAbsolute) return clean(slashed.replace(/^(\.\/)+/, ''));
  if (base === '' || !slashed.startsWith(`${base}/`)) return undefined;
  return clean(slashed.slice(base.length + 1));
}

function clean(path: string): string | undefined {
  return path === '' || path.split('/').includes('..') ? undefined : path;
}

/** Directory of a relative path, at most six levels; '' for a file at the top. */
export function directoryOf(path: string): string {
  return path.split('/').slice(0, -1).slice(0, DEPTH_MAX).join('/');
}

/** Extension without the dot, lower case; '' when there is none. */
export function extensionOf(path: string): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** Whether `directory` is `ancestor` or lies below it. */
export function isInside(directory: string, ancestor: string): boolean {
  return directory === ancestor || directory.startsWith(`${ancestor}/`);
}
