export function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1024 ** 2))} MB`;
}
