/** Where a process listens. */
export interface ListeningAddress {
  /** An IP address without brackets; `0.0.0.0` and `::` stand for every address of the machine. */
  readonly address: string;
  readonly port: number;
}

/** What a server answered in place of a WebSocket. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  /** Target of a redirect. */
  readonly location?: string;
}

/** Why a gateway that was started, or is to be attached to, is not ready yet: what the system and the network show. */
export type StartFinding =
  /** The process listens, but not where we were told to connect. */
  | {
      readonly kind: 'wrong-address';
      readonly asked: ListeningAddress;
      readonly listens: readonly ListeningAddress[];
    }
  | { readonly kind: 'not-a-gateway'; readonly url: string; readonly answer: HttpAnswer }
  /** The connection is accepted; the step never ends. */
  | { readonly kind: 'unanswered'; readonly url: string; readonly step: 'upgrade' | 'handshake' }
  /** The process has no listening port that the system shows. */
  | { readonly kind: 'not-listening' };

/** The last meaningful output of a program. `waits`: the line has no end, as a prompt has none. */
export interface LastOutput {
  readonly text: string;
  readonly waits?: true;
}

export function addressText({ address, port }: ListeningAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${String(port)}`;
}

function answerText({ status, contentType, location }: HttpAnswer): string {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  const isPage = type === 'text/html';
  const details = [`HTTP ${String(status)}`, ...(type === undefined || isPage ? [] : [type])].join(', ');
  const target = location === undefined ? '' : ` that leads to ${location}`;
  if (location !== undefined) return `a redirect (${details})${target}`;
  return isPage ? `a web page (${details})` : details;
}

/** Returns the finding as one sentence. */
export function describeStartFinding(finding: StartFinding): string {
  switch (finding.kind) {
    case 'wrong-address': {
      const { asked, listens } = finding;
      return `Its process listens on ${listens.map(addressText).join(' and ')}, not on ${addressText(asked)}.`;
    }
    case 'not-a-gateway':
      return `${finding.url} answers with ${answerText(finding.answer)}, not as a WebSocket.`;
    case 'unanswered':
      return finding.step === 'upgrade'
        ? `${finding.url} accepts connections, but does not answer the WebSocket upgrade.`
        : `${finding.url} accepts WebSockets, but does not answer the handshake.`;
    case 'not-listening':
      return 'Its process runs, but has not opened a port yet.';
    default:
      return finding satisfies never;
  }
}

/** Returns the last output as one sentence. */
export function describeLastOutput(output: LastOutput | undefined): string {
  if (output === undefined) return 'It printed nothing.';
  return output.waits === true ? `It waits after printing: ${output.text}` : `It last said: ${output.text}`;
}
