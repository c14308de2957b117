import type { ChatRecord } from '@deskclaw/protocol';
import type { AgentTurn } from '../agent/agent.ts';

const MAX_TURNS = 40;
const MAX_CHARACTERS = 60_000;

/**
 * What the model is told: the newest exchanges that fit, each answer after its question, then the message at hand.
 * Messages that wait behind this one, and answers that failed, are left out.
 */
export function turnsFor(
  records: readonly ChatRecord[],
  runId: string,
  systemPrompt: string | undefined,
): readonly AgentTurn[] {
  const current = records.find((record) => record.runId === runId && record.role === 'user');
  if (current === undefined) return [];
  const answers = new Map(
    records
      .filter((record) => record.role === 'assistant' && record.text !== '')
      .map((record) => [record.runId, record]),
  );
  const turns: AgentTurn[] = [{ role: 'user', text: current.text }];
  let charactersLeft = MAX_CHARACTERS - current.text.length;
  for (const question of records.slice(0, records.indexOf(current)).reverse()) {
    const answer = answers.get(question.runId);
    if (question.role !== 'user' || answer === undefined || answer.state === 'error') continue;
    charactersLeft -= question.text.length + answer.text.length;
    if (charactersLeft < 0 || turns.length >= MAX_TURNS) break;
    turns.unshift({ role: 'user', text: question.text }, { role: 'assistant', text: answer.text });
  }
  return systemPrompt === undefined ? turns : [{ role: 'system', text: systemPrompt }, ...turns];
}
