// Plain JavaScript, because an older Node cannot even read the TypeScript of the rest. Runs before each script.
// On Linux the install brings Node 24 along (optional dependencies node-linux-*), and npm scripts find it first, once it
// is linked: npm 11 links it, npm 10 does not, because two packages offer a program of the same name.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const brought = `node_modules/node-linux-${process.arch}/bin/node`;
const link = 'node_modules/.bin/node';
const isBrought = process.platform === 'linux' && existsSync(root + brought);

let whyUnlinked = '';
if (isBrought && !existsSync(root + link)) {
  try {
    // `npm ci --no-bin-links` makes no such folder.
    if (!existsSync(`${root}node_modules/.bin`)) mkdirSync(`${root}node_modules/.bin`);
    rmSync(root + link, { force: true });
    symlinkSync(`../node-linux-${process.arch}/bin/node`, root + link);
  } catch (error) {
    whyUnlinked = `${link} could not be made (${error.code}).`;
  }
}

const isOld = Number(process.versions.node.split('.')[0]) < OLDEST;
// As the hook of a script nothing else runs in this process: the script itself is started with the linked one.
const isHook = process.argv[1] === fileURLToPath(import.meta.url);
if (isOld && !(isHook && existsSync(root + link))) {
  const words = `This needs Node ${OLDEST} and runs under ${process.version}. ${whatToDo()}`;
  process.stderr.write(words.replace(/(.{1,80})(?: |$)/g, '$1\n'));
  process.exit(1);
}

function whatToDo() {
  if (process.platform !== 'linux') return `Install Node ${OLDEST}.`;
  if (!isBrought) return `\`npm ci\` brings Node ${OLDEST} along: run it again, without --omit=optional.`;
  if (whyUnlinked !== '') return `The install brought ${brought}, but ${whyUnlinked} Make that folder writable.`;
  return `Use the one that the install brought: npm scripts do so by themselves, otherwise it is ${link}.`;
}
