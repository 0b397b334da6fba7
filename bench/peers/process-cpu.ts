/** CPU time of a process that is not ours: from /proc on Linux, from ps elsewhere (whole seconds only). */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system seconds since the process started, all threads. */
export function processCpuSeconds(pid: number): number {
  if (process.platform === 'linux') {
    // Fields 14 and 15 of proc(5), counted behind the name, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  const time = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return time.split(/[:-]/).reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
