/** Only paths of this app may follow a sign-in: an address elsewhere would make the sign-in page a signpost for fraud. */
export function innerPath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined;
}
