import { type LogLevel, logLevels } from '@deskclaw/protocol';
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useApp, useSnapshot } from '../app-context.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { isFiltered, type LogLine, type LogTail, noFilter, olderLimit } from '../session/log-tail.ts';
import { type LogRow, logNotice, logRows, logText } from '../view-models/log-rows.ts';
import './logs.css';

/** Height of every row, px, so that only visible rows need to exist. */
const ROW = 22;
const MARGIN = 12;
/** The host is asked once the typing pauses, ms. */
const TYPING_PAUSE_MS = 200;

const levelNames: Readonly<Record<LogLevel, string>> = {
  debug: 'All levels',
  info: 'Info and above',
  warn: 'Warnings and errors',
  error: 'Errors only',
};

const Row = memo(function Row({ row }: { readonly row: LogRow }) {
  return (
    <div className="log-line" data-tone={row.tone} data-level={row.level}>
      <span className="log-time">{row.isFirst ? row.time : ''}</span>
      <span className="log-level">{row.isFirst ? row.level : ''}</span>
      <span className="log-source">{row.isFirst ? row.source : ''}</span>
      <span className="log-text">{row.text}</span>
    </div>
  );
});

/** Rows by line: a line that is shown already keeps its rows. */
const knownRows = new WeakMap<LogLine, readonly LogRow[]>();

function rowsOf(line: LogLine): readonly LogRow[] {
  const known = knownRows.get(line);
  if (known !== undefined) return known;
  const rows = logRows(line);
  knownRows.set(line, rows);
  return rows;
}

function Tail({ lines }: { readonly lines: readonly LogLine[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  /** The newest line when following stopped; undefined while following. */
  const [leftAt, setLeftAt] = useState<number>();
  const rows = useMemo(() => lines.flatMap(rowsOf), [lines]);
  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  const newer = leftAt === undefined ? 0 : lines.filter((line) => line.id > leftAt).length;

  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && leftAt === undefined) element.scrollTop = element.scrollHeight;
  });

  function look(): void {
    const element = frame.current;
    if (element === null) return;
    setView({ top: element.scrollTop, height: element.clientHeight });
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < ROW * 2;
    setLeftAt(atEnd ? undefined : (leftAt ?? lines.at(-1)?.id));
  }

  return (
    <div className="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="log-lines" ref={frame} onScroll={look} role="log" aria-live="off" aria-label="Log" tabIndex={0}>
        <div style={{ height: rows.length * ROW }}>
          <div style={{ transform: `translateY(${String(first * ROW)}px)` }}>
            {rows.slice(first, last).map((row) => (
              <Row key={row.key} row={row} />
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

function Search({ logs }: { readonly logs: LogTail }) {
  const { session } = useApp();
  const { filter } = logs;
  const [typed, setTyped] = useState(filter.text);
  const shown = useRef(filter.text);
  useEffect(() => {
    // Something else has set the filter, such as "Clear filter".
    if (shown.current !== filter.text) setTyped(filter.text);
    shown.current = filter.text;
  }, [filter.text]);
  useEffect(() => {
    if (typed === shown.current) return;
    const timer = setTimeout(() => {
      shown.current = typed;
      session.filterLogs({ ...filter, text: typed });
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, filter, session]);
  return (
    <input
      type="search"
      aria-label="Search the logs"
      placeholder="Search"
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

function Tools({ logs }: { readonly logs: LogTail }) {
  const { session } = useApp();
  return (
    <div className="log-tools">
      <Search logs={logs} />
      <select
        aria-label="Level"
        value={logs.filter.level}
        onChange={(event) => {
          const level = logLevels.find((name) => name === event.target.value);
          if (level !== undefined) session.filterLogs({ ...logs.filter, level });
        }}
      >
        {logLevels.map((level) => (
          <option key={level} value={level}>
            {levelNames[level]}
          </option>
        ))}
      </select>
      <CopyButton text={() => logText(logs.lines)} what="these lines" label="Copy" />
    </div>
  );
}

function Notice({ logs }: { readonly logs: LogTail }) {
  const { session } = useApp();
  const notice = logNotice(logs);
  if (logs.query === 'failed') {
    return (
      <p className="log-notice" role="status">
        DeskClaw’s background service did not answer the search.
        <button type="button" className="text-button" onClick={() => session.filterLogs(logs.filter)}>
          Try again
        </button>
      </p>
    );
  }
  if (notice === undefined) return null;
  return (
    <p className="log-notice">
      {notice.text}
      {olderLimit(logs) === undefined ? null : (
        <button type="button" className="text-button" onClick={session.loadOlderLogs}>
          {logs.query === 'pending' ? 'Loading…' : 'Load older'}
        </button>
      )}
      {notice.files ? (
        <>
          {' '}
          Older lines are in the log files. To find them, run <code>deskclaw paths</code>.
        </>
      ) : null}
    </p>
  );
}

function NoLines({ logs }: { readonly logs: LogTail }) {
  const { status } = useSnapshot();
  const { session } = useApp();
  if (logs.query === 'pending') return <p className="empty">Searching…</p>;
  if (isFiltered(logs.filter)) {
    return (
      <>
        <p className="empty">No lines match the filter.</p>
        <Button onPress={() => session.filterLogs(noFilter)}>Clear filter</Button>
      </>
    );
  }
  return (
    <>
      <p className="empty">No log lines yet. They appear when the gateway starts.</p>
      {status?.state === 'stopped' ? (
        <Button onPress={() => session.request({ method: 'gateway.start' })}>Start gateway</Button>
      ) : null}
    </>
  );
}

/** The Logs screen: output of the gateway and of its supervisor, newest last. The host filters, so that nothing it holds is missed. */
export function Logs() {
  const { logs } = useSnapshot();
  return (
    <>
      <header className="screen-head">
        <h1>Logs</h1>
        <Tools logs={logs} />
      </header>
      <section className="panel logs" aria-label="Log lines">
        <Notice logs={logs} />
        {logs.lines.length > 0 ? (
          <Tail lines={logs.lines} />
        ) : (
          <div className="log-empty">
            <NoLines logs={logs} />
          </div>
        )}
      </section>
    </>
  );
}
