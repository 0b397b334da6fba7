/**
 * Node's own modules for what runs inside `moda hook`. An import statement makes Node build an ES module around each of them
 * (and load fs/promises and streams for it): a tenth of the whole start. process.getBuiltinModule hands out the module itself;
 * Node before 20.16 lacks it and pays that price.
 */

type Builtins = typeof import('node:fs') | typeof import('node:os') | typeof import('node:path');

export const fs: typeof import('node:fs') = process.getBuiltinModule?.('node:fs') ?? (await imported('node:fs'));
export const os: typeof import('node:os') = process.getBuiltinModule?.('node:os') ?? (await imported('node:os'));
export const path: typeof import('node:path') =
  process.getBuiltinModule?.('node:path') ?? (await imported('node:path'));

async function imported<Module extends Builtins>(name: string): Promise<Module> {
  const loaded = (await import(name)) as { default: Module };
  return loaded.default;
}
