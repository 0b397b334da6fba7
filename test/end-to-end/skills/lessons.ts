/** What the end-to-end test's people teach their agents: repeated mistakes, a one-off, and one that is too rare. */

import { failed, ok, rejected, sessionsOf } from '../../integration/skills/sessions.ts';

export const DAY_MS = 86_400_000;
export const START_MS = Date.now() - 60 * DAY_MS;
const FILES = ['user', 'order', 'cart', 'login', 'index', 'report'];
export const mistakes = sessionsOf(
  (index) => [
    index % 3 === 2 ? rejected(`npm install pkg${index}`) : failed(`npm install pkg${index}`),
    ok(`pnpm add pkg${index}`),
    { act: 'edit', path: `src/generated/${FILES[index % 6]}.ts`, outcome: 'rejected' },
    { act: 'edit', path: `schema/${FILES[index % 6]}.graphql`, outcome: 'ok' },
    failed('npx mocha'),
    { act: 'edit', path: 'src/app.ts', outcome: 'ok' },
    ok('npx mocha'),
  ],
  { count: 12, firstAtMs: START_MS, label: 'mistake' },
);
export const oneOff = sessionsOf(() => [failed('helm upgrade app'), ok('helm upgrade app --install')], {
  count: 1,
  firstAtMs: START_MS,
  label: 'one-off',
});
export const few = sessionsOf(() => [failed('terraform plan'), ok('terraform plan -var-file=dev.tfvars')], {
  count: 3,
  firstAtMs: START_MS,
  label: 'few',
  repo: 'acme/infra',
});
