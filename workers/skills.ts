/** Worker-thread entry of the skill pipeline: one thread per run. */

import { parentPort, workerData } from 'node:worker_threads';

import type { WorkerInput } from '../src/skills/runner.ts';
import { runThread } from '../src/skills/skills-thread.ts';

if (parentPort !== null) await runThread(workerData as WorkerInput, parentPort);
