import { memoryLedger } from '../../lib/ledger/memory.ts';
import { describeLedger } from './contract.ts';

describeLedger('ledger in memory', memoryLedger);
