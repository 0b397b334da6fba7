/** Command lines as agents type them: words, heads, flags, message shapes; and what one corrects of another. */

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseCommands } from '../../../src/skills/command.ts';
import { relateCommands } from '../../../src/skills/command-relation.ts';
import { writeFromLesson } from '../../../src/skills/extractive-writer.ts';
import { quoteWord, splitShell } from '../../../src/skills/shell-words.ts';
import { commandTemplate } from '../../../src/skills/template.ts';

describe('splitShell', () => {
  it.each([
    ['npm test', [['npm', 'test']]],
    ['echo \'a  b\' "c d" e\\ f', [['echo', 'a  b', 'c d', 'e f']]],
    ['cd app && npm test || exit 1; ls', [['cd', 'app'], ['npm', 'test'], ['exit', '1'], ['ls']]],
    [
      'npm test 2>&1 | tail -20 > out.txt',
      [
        ['npm', 'test'],
        ['tail', '-20'],
      ],
    ],
    ['npm test &> /dev/null', [['npm', 'test']]],
    [
      'sleep 1 & npm test',
      [
        ['sleep', '1'],
        ['npm', 'test'],
      ],
    ],
    ['npm test # the tests', [['npm', 'test']]],
    ['echo "$(date; ls)" x', [['echo', '$(date; ls)', 'x']]],
    ['(cd a; make)', [['cd', 'a'], ['make']]],
    ['cat <<EOF > x\nnpm install\nEOF', [['cat']]],
    ["a 'unclosed", [['a', 'unclosed']]],
    ['', []],
  ])('%j', (line, words) => {
    expect(splitShell(line).map((command) => command.words)).toEqual(words);
  });

  it('marks what a pipe feeds', () => {
    expect(splitShell('a | b || c').map((command) => command.pipedInto)).toEqual([false, true, false]);
  });

  it('splits quoted words as a real shell does', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab \'"\\$`;|&<>()#*?~\n\t'.split('')), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const line = ['printf', '%s\\0', ...words].map(quoteWord).join(' ');
        const shell = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1);
        expect(splitShell(line)[0]?.words.slice(2)).toEqual(shell);
      }),
      { numRuns: 60 },
    );
  });

  it('reads any text in bounded time and space', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...'a \'"\\$`;|&<>()#\n'.split('')), maxLength: 400 });
    fc.assert(
      fc.property(nasty, (line) => {
        const commands = splitShell(line);
        expect(commands.length).toBeLessThanOrEqual(17);
        expect(commands.every((command) => command.words.length <= 64)).toBe(true);
        parseCommands(line);
      }),
    );
    const started = performance.now();
    for (const unit of ['$(', '"', "'", '`', '\\', '<<', '((', 'a;', 'bash -c "']) parseCommands(unit.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('words that every JavaScript object knows', () => {
  it.each(Object.getOwnPropertyNames(Object.prototype))('%s is a program like others', (word) => {
    for (const line of [`${word} --flag value`, `npx ${word} --flag value`, `python3 -m ${word} --flag value`]) {
      expect(parseCommands(line)).toMatchObject([{ flags: ['--flag'], action: '' }]);
    }
  });

  it('are no message of a commit and no exit status', () => {
    const required = ['git', 'constructor'];
    expect(commandTemplate(['git constructor -m "a b"'], required)).toBe('git constructor -m "<summary>"');
    const pairs = [{ wrong: 'npm test', right: 'pnpm test', failure: 'constructor' }];
    const trigger = { heads: ['npm test'], lacksFlags: [], hasFlags: [], unlessAfter: [] };
    const names = { subject: 'npm', object: 'pnpm', sentence: '' };
    const lesson = { kind: 'command', form: 'program', trigger, repos: [], pairs, ...names } as const;
    expect(writeFromLesson(lesson).body).toContain('It failed with constructor.');
  });
});

const head = (line: string) => parseCommands(line).map((command) => command.head);

describe('heads', () => {
  it.each([
    ['npm install lodash --save-dev', ['npm install']],
    ['npm run test:unit -- src/a.test.ts', ['npm run test:unit']],
    ['pnpm --filter web exec vitest run', ['pnpm exec vitest']],
    ['/usr/bin/npm ci', ['npm ci']],
    ['./node_modules/.bin/jest src', ['jest']],
    ['./scripts/test.sh fast', ['scripts/test.sh']],
    ['cd app && NODE_ENV=test npx jest a', ['npx jest']],
    ['sudo -u build env A=1 make -C sub all', ['make all']],
    ["bash -lc 'cd x && uv run pytest -k a tests'", ['uv run pytest']],
    ['python -m pytest tests', ['python -m pytest']],
    ['uv run python -m pytest', ['uv run python -m pytest']],
    ['python manage.py migrate app', ['python manage.py migrate']],
    ['kubectl --context dev -n web apply -f a.yaml', ['kubectl apply']],
    ['git -C sub commit -am x', ['git commit']],
    ['docker compose -f x.yaml up -d', ['docker compose up']],
    ['terraform plan -out=tf.plan', ['terraform plan']],
    ['if npm test; then echo ok; fi', ['npm test']],
    ['for f in *.ts; do npx tsc $f; done', ['npx tsc']],
    ['export A=1; cd x', []],
    ['ls | grep npm install', ['ls']],
  ])('%s', (line, heads) => {
    expect(head(line)).toEqual(heads);
  });

  it.each([
    ['git commit -m "feat(api): x"', 'msg:conventional'],
    ['git commit -am "fix: y"', 'msg:conventional'],
    ['git commit --message="ABC-12: z"', 'msg:ticket'],
    ['git commit -m "Fixed it"', 'msg:free'],
    ['git commit -m "✨ shiny"', 'msg:emoji'],
    ['git commit -m "$(cat <<\'EOF\'\nchore(deps): bump (all)\n\nbody\nEOF\n)"', 'msg:conventional'],
  ])('%s has the message shape %s', (line, shape) => {
    expect(parseCommands(line)[0]?.flags).toContain(shape);
  });

  it('a commit without a message has no shape', () => {
    expect(parseCommands('git commit --amend --no-edit')[0]?.flags).toEqual(['--amend', '--no-edit']);
  });
});

const keys = (wrong: string, right: string) =>
  relateCommands(parseCommands(wrong)[0]!, parseCommands(right)[0]!).map((relation) => relation.key);

describe('what a command corrects', () => {
  it.each([
    ['npm install lodash', 'pnpm add lodash', ['program|npm|pnpm']],
    ['npm run build', 'pnpm build', ['program|npm|pnpm']],
    ['pip install x', 'uv pip install x', ['wrap|uv']],
    ['pytest tests/a.py', 'uv run pytest tests/a.py', ['wrap|uv run']],
    ['rspec', 'bundle exec rspec', ['wrap|bundle exec']],
    ['npm test', 'npx vitest run', ['command|npm test|npx vitest']],
    ['mvn test', './gradlew test', ['command|mvn test|gradlew test']],
    ['terraform plan', 'terraform plan -var-file=dev.tfvars', ['flag|terraform plan|+-var-file']],
    ['git commit --no-verify -m "fix: x"', 'git commit -m "fix: x"', ['flag|git commit|---no-verify']],
    ['git commit -m "Fixed"', 'git commit -m "fix: x"', ['flag|git commit|+msg:conventional']],
    ['docker-compose up', 'docker compose up', ['program|docker-compose|docker']],
    ['python seed.py', 'python3 seed.py', ['program|python|python3']],
  ])('%s → %s', (wrong, right, expected) => {
    expect(keys(wrong, right)).toEqual(expected);
  });

  it.each([
    ['another operand', 'pytest', 'pytest tests/a.py'],
    ['narrowing', 'pytest', 'pytest -k login'],
    ['more words', 'npm test', 'npm test --silent --verbose'],
    ['its help', 'terraform plan', 'terraform plan --help'],
    ['a dry run', 'git push', 'git push --dry-run'],
    ['a search', 'grep foo src', 'rg foo src'],
    ['a look', 'git status', 'git diff'],
    ['something else', 'npm install lodash', 'git push'],
    ['another package', 'npm install lodash', 'npm install --save-dev zod'],
    ['another action of the same family', 'npm install lodash', 'pnpm test'],
  ])('%s is no correction', (_name, wrong, right) => {
    expect(keys(wrong, right)).toEqual([]);
  });
});
