/** The measured process: the whole server, made from the environment as src/main.ts makes it. */

import '../../src/config/native-environment.ts';
import { processConfig } from '../../src/config/process-config.ts';
import { createServer } from '../../src/server.ts';
import { serveParent } from './serve-parent.ts';

const server = await createServer(processConfig());
await server.storeReady;
serveParent({ port: server.port, storeUrl: server.storeUrl }, { stop: () => server.stop() });
