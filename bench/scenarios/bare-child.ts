/** The reference for the front door: a bare uWebSockets.js handler that reads the body and answers 200, nothing else. */

import '../../src/config/native-environment.ts';
import * as uWS from 'uWebSockets.js';
import { serveParent } from './serve-parent.ts';

const app = uWS.App();
app.post('/*', (response) => {
  let isGone = false;
  response.onAborted(() => {
    isGone = true;
  });
  response.onData((_chunk, isLast) => {
    if (isLast && !isGone) response.cork(() => response.end('{}'));
  });
});
app.listen('127.0.0.1', 0, (socket) => {
  if (socket === false) throw new Error('no port to listen on');
  serveParent({ port: uWS.us_socket_local_port(socket) }, { stop: async () => uWS.us_listen_socket_close(socket) });
});
