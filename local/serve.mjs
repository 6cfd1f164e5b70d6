// What `npm run serve` and a systemd unit start: under a wrong Node it says so, where serve.ts could not even be read.
import './require-node.mjs';

await import('./serve.ts');
