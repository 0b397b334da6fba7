/**
 * Node's own modules for what runs inside `moda hook`. An import statement makes Node build an ES module around each of them
 * (and load fs/promises and streams for it): a tenth of the whole start. process.getBuiltinModule hands out the module itself;
 * Node before 20.16 lacks it and pays that price.
 */

export const fs: typeof import('node:fs') = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs')).default;
export const path: typeof import('node:path') =
  process.getBuiltinModule?.('node:path') ?? (await import('node:path')).default;
