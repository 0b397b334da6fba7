/**
 * More inlining than V8's defaults allow: the work on one record is spread over many small functions in rooms of their
 * own, and calls between them are a tenth of its cost (bench/micro/pipeline.bench.ts). The flags hold for the whole process, for
 * what is compiled after this module is loaded; they change speed and the size of compiled code, nothing else.
 * Source: V8 12.4, flag-definitions.h (defaults 920 and 460 bytes of bytecode).
 */

import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
setFlagsFromString('--max-inlined-bytecode-size=1500');
