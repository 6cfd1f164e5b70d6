// Plain JavaScript, because an older Node cannot even read the TypeScript of the rest.
// The install brings Node 24 along on Linux (optional dependencies node-linux-*), and npm scripts find it first.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `This needs Node 24 and runs under ${process.version}.\n` +
      'On Linux `npm ci` brings it along: run it again without --omit=optional. On macOS and Windows install Node 24.\n',
  );
  process.exit(1);
}
