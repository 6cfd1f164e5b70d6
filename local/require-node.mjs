// Plain JavaScript, because an older Node cannot even read the TypeScript of the rest. Runs before each script.
// On Linux the install brings Node 24 along (optional dependencies node-linux-*), and npm scripts find it first, once it
// is linked: npm 11 links it, npm 10 does not, because two packages offer a program of the same name.
import { existsSync, rmSync, symlinkSync } from 'node:fs';

const oldest = 24;
const brought = `node_modules/node-linux-${process.arch}/bin/node`;
const link = 'node_modules/.bin/node';

if (process.platform === 'linux' && existsSync(brought) && !existsSync(link)) {
  rmSync(link, { force: true });
  symlinkSync(`../node-linux-${process.arch}/bin/node`, link);
} else if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `This needs Node ${oldest} and runs under ${process.version}.\n` +
      `On Linux \`npm ci\` brings it along: run it again without --omit=optional. On macOS and Windows install Node ${oldest}.\n`,
  );
  process.exit(1);
}
