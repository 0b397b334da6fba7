#!/usr/bin/env node
/**
 * Entry of `moda`. Agents wait for `moda hook`, so it is told apart before anything else is loaded: what it imports decides
 * how long every prompt and tool call takes (bench/micro/hook-cost.bench.ts).
 */

const [command, ...rest] = process.argv.slice(2);

if (command === 'hook') {
  const { runHook } = await import('./hook/hook-command.ts');
  await runHook(rest[0] ?? '');
} else {
  const { runCommand } = await import('./commands.ts');
  process.exitCode = await runCommand(command, rest);
}
