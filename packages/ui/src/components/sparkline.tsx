const WIDTH = 240;
const HEIGHT = 44;
/** Fewer than `least` have no shape yet, and more than `most` no room. */
export const SPARKLINE_VALUES = { least: 8, most: 60 } as const;

function path(values: readonly number[]): string {
  const top = Math.max(...values, 1) * 1.15;
  const step = WIDTH / (values.length - 1);
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${(index * step).toFixed(1)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 6)).toFixed(1)}`,
    )
    .join('');
}

/** The shape of the last round trips; the numbers stand beside it. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const line = path(values);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path className="sparkline-area" d={`${line}L${String(WIDTH)} ${String(HEIGHT)}L0 ${String(HEIGHT)}Z`} />
      <path className="sparkline-line" d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
