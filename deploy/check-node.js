/** Before `npm start`: an older Node answers TypeScript sources with a page of stack trace, this answers with one line. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Node ${process.version} cannot run the TypeScript sources: run npm ci with the development dependencies, which bring Node 22, or npm run build and node dist/src/main.js\n`,
  );
  process.exit(1);
}
