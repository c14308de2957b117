import type { Fact } from '../view-models/state-card.ts';
import { CopyButton } from './copy-button.tsx';
import './fact-list.css';

/** Labelled values side by side; what is not known is a dash, never a zero. */
export function FactList({ facts, layout }: { readonly facts: readonly Fact[]; readonly layout: 'strip' | 'rows' }) {
  return (
    <dl className="facts" data-layout={layout}>
      {facts.map((fact) => (
        <div className="fact" key={fact.id} data-fact={fact.id}>
          <dt>{fact.label}</dt>
          <dd>
            <span className="fact-value" data-tone={fact.tone} title={fact.value}>
              {fact.value ?? (
                <>
                  <span aria-hidden="true">–</span>
                  <span className="visually-hidden">unknown</span>
                </>
              )}
            </span>
            {fact.copy === undefined ? null : <CopyButton text={fact.copy} what={fact.label.toLowerCase()} />}
            {fact.note === undefined ? null : <span className="fact-note">{fact.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
