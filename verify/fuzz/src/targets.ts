import type { Target } from './target.ts';
import { chatReducer } from './targets/chat-reducer.ts';
import { codecTarget } from './targets/codec.ts';
import { configFile } from './targets/config-file.ts';
import { connection } from './targets/connection.ts';
import { handshake } from './targets/handshake.ts';
import { journalFile } from './targets/journal-file.ts';
import { lockRecord } from './targets/lock-record.ts';
import { ownershipRecord } from './targets/ownership-record.ts';
import { rpcPeerTarget } from './targets/rpc-peer.ts';
import { textGate } from './targets/text-gate.ts';

/** Returns all targets. @param folder an empty one, for those that read files; the caller removes it */
export function allTargets(folder: string): readonly Target[] {
  return [
    codecTarget('jsonrpc'),
    codecTarget('openclaw'),
    rpcPeerTarget('jsonrpc'),
    rpcPeerTarget('openclaw'),
    handshake,
    connection,
    chatReducer,
    textGate,
    configFile(folder),
    journalFile(folder),
    ownershipRecord,
    lockRecord(folder),
  ];
}
