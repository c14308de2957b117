import { type LogLevel, logLevels } from '@deskclaw/protocol';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { useApp, useSnapshot } from '../app-context.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import type { LogLine } from '../session/log-tail.ts';
import { filterLogs, type LogFilter, logRow, noFilter } from '../view-models/log-rows.ts';
import './logs.css';

/** Height of every line, px, so that only visible lines need to exist. */
const LINE = 22;
const MARGIN = 12;

const levelNames: Readonly<Record<LogLevel, string>> = {
  debug: 'All levels',
  info: 'Info and above',
  warn: 'Warnings and errors',
  error: 'Errors only',
};

const Line = memo(function Line({ line }: { readonly line: LogLine }) {
  const row = logRow(line.record);
  return (
    <div className="log-line" data-tone={row.tone} data-level={row.level}>
      <span className="log-time">{row.time}</span>
      <span className="log-level">{row.level}</span>
      <span className="log-source">{row.source}</span>
      <span className="log-text">{row.text}</span>
    </div>
  );
});

function Tail({ lines }: { readonly lines: readonly LogLine[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  /** The newest line when following stopped; undefined while following. */
  const [leftAt, setLeftAt] = useState<number>();
  const first = Math.max(0, Math.floor(view.top / LINE) - MARGIN);
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / LINE) + MARGIN);
  const newer = leftAt === undefined ? 0 : lines.filter((line) => line.id > leftAt).length;

  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && leftAt === undefined) element.scrollTop = element.scrollHeight;
  });

  function look(): void {
    const element = frame.current;
    if (element === null) return;
    setView({ top: element.scrollTop, height: element.clientHeight });
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < LINE * 2;
    setLeftAt(atEnd ? undefined : (leftAt ?? lines.at(-1)?.id));
  }

  return (
    <div className="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="log-lines" ref={frame} onScroll={look} role="log" aria-live="off" aria-label="Log" tabIndex={0}>
        <div style={{ height: lines.length * LINE }}>
          <div style={{ transform: `translateY(${String(first * LINE)}px)` }}>
            {lines.slice(first, last).map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </div>
        </div>
      </div>
      {leftAt === undefined ? null : (
        <button type="button" className="jump" onClick={() => setLeftAt(undefined)}>
          {newer === 0 ? 'Latest' : `${newer.toLocaleString('en')} new ${newer === 1 ? 'line' : 'lines'}`}
        </button>
      )}
    </div>
  );
}

function Tools({
  filter,
  onFilter,
  lines,
}: {
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
  readonly lines: readonly LogLine[];
}) {
  return (
    <div className="log-tools">
      <input
        type="search"
        aria-label="Search the logs"
        placeholder="Search"
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.target.value })}
      />
      <select
        aria-label="Level"
        value={filter.level}
        onChange={(event) => {
          const level = logLevels.find((name) => name === event.target.value);
          if (level !== undefined) onFilter({ ...filter, level });
        }}
      >
        {logLevels.map((level) => (
          <option key={level} value={level}>
            {levelNames[level]}
          </option>
        ))}
      </select>
      <CopyLines lines={lines} />
    </div>
  );
}

function CopyLines({ lines }: { readonly lines: readonly LogLine[] }) {
  const text = () =>
    lines.map(({ record }) => `${new Date(record.at).toISOString()} ${record.level} ${record.text}`).join('\n');
  return <CopyButton text={text} what="these lines" label="Copy" />;
}

/** The Logs screen: output of the gateway and of its supervisor, newest last. */
export function Logs() {
  const { logs, status } = useSnapshot();
  const { session } = useApp();
  const [filter, setFilter] = useState(noFilter);
  const lines = filterLogs(logs.lines, filter);
  return (
    <>
      <header className="screen-head">
        <h1>Logs</h1>
        <Tools filter={filter} onFilter={setFilter} lines={lines} />
      </header>
      <section className="panel logs" aria-label="Log lines">
        {logs.dropped === 0 ? null : (
          <p className="log-dropped">
            {logs.dropped.toLocaleString('en')} older lines are not shown. To see more, run <code>deskclaw logs</code>.
          </p>
        )}
        {lines.length > 0 ? (
          <Tail lines={lines} />
        ) : logs.lines.length > 0 ? (
          <div className="log-empty">
            <p className="empty">No lines match the filter.</p>
            <Button onPress={() => setFilter(noFilter)}>Clear filter</Button>
          </div>
        ) : (
          <div className="log-empty">
            <p className="empty">No log lines yet. They appear when the gateway starts.</p>
            {status?.state === 'stopped' ? (
              <Button onPress={() => session.request({ method: 'gateway.start' })}>Start gateway</Button>
            ) : null}
          </div>
        )}
      </section>
    </>
  );
}
