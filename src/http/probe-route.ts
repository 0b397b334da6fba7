/** Routes for machines that watch the server: no key, plain answers. Plugged in by the composition root. */

import type { Reply } from './reply.ts';

export interface ProbeRoute {
  readonly path: string;
  /** `open`: anybody; `operator`: loopback without a proxy or a web page in between, or the admin key. */
  readonly access: 'open' | 'operator';
  readonly answer: () => Reply | Promise<Reply>;
}
