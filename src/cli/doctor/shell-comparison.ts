/**
 * The launching shell against Claude Code's settings file. The public documentation says that an exported value wins; real
 * releases 2.1.197 and 2.1.330 did the opposite when both were set. So every difference is named, with what is known.
 */

import path from 'node:path';
import { isAtLeast } from '../agents/detection.ts';
import { OVERRULING_NAMES, telemetryNames } from '../agents/telemetry-environment.ts';
import { readJson } from '../files/json-edit.ts';
import { readSettingsFile } from '../files/private-file.ts';
import { type CliSettings, shellValues } from '../settings.ts';

/** The oldest release in which the settings file was seen to win. */
const SETTINGS_WIN_SINCE = [2, 1, 197];

/** One sentence for each variable that has another value in this shell than in settings.json; no value is shown. */
export function shellDifferences(settings: CliSettings, claudeVersion: string | undefined): string[] {
  const { text } = readSettingsFile(path.join(settings.claudeDirectory, 'settings.json'));
  const names = [...telemetryNames('claude'), ...OVERRULING_NAMES, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const differences: string[] = [];
  for (const [name, value] of shellValues(names)) {
    const written = text === undefined ? undefined : readJson(text, ['env', name]);
    if (written === value) continue;
    const what =
      written === undefined ? `${name} is exported in this shell and not in settings.json` : `${name} differs`;
    differences.push(`${what}: ${whichWins(claudeVersion, written !== undefined)}; unset it in the shell to be sure`);
  }
  return differences;
}

function whichWins(version: string | undefined, isInSettings: boolean): string {
  if (!isInSettings) return 'Claude Code uses the exported value';
  if (version === undefined)
    return 'the documentation says the shell wins, releases since 2.1.197 were seen to use settings.json';
  if (isAtLeast(version, SETTINGS_WIN_SINCE))
    return `Claude Code ${version} uses settings.json (seen, against the documentation)`;
  return `Claude Code ${version} is documented to use the shell's value`;
}
