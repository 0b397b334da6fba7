/** Runs one request on a pipeline that has served nothing before, in a thread whose modules remember nothing. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Input, outcomeOf, startPipeline } from './requests.ts';

parentPort?.postMessage(outcomeOf(startPipeline(), workerData as Input));
