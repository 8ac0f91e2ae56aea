// A share as a bar: built, failed (hatched, so that it does not need its colour), still to come.

interface BarProps {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** The same in words. */
  readonly label: string;
}

export function Bar({ done, failed, total, label }: BarProps) {
  const share = (count: number) => (total === 0 ? "0" : `${((100 * count) / total).toFixed(1)}%`);
  return (
    <div className="bar" role="img" aria-label={label}>
      <i className="p" style={{ width: share(done) }} />
      <i className="f" style={{ width: share(failed) }} />
    </div>
  );
}
