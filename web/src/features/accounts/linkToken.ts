/** The token of a link from a mail. It stands in the fragment, which browsers send to nobody. */
export function linkToken(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
}
