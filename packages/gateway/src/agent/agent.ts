export interface AgentTurn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

/** Where a reply comes from, for events and status. */
export interface AgentLabel {
  readonly provider: string;
  readonly model: string;
}

/** Answers one message. The pieces joined are the reply; a throw is a failure whose message people will read. */
export interface Agent {
  readonly label: AgentLabel;
  reply(turns: readonly AgentTurn[], signal: AbortSignal): AsyncIterable<string>;
}
