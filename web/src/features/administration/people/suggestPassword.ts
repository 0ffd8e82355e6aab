// No letters that are mistaken for one another when read aloud or copied by hand.
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A password of four groups of five: 100 bits, easy to read to someone. */
export function suggestPassword(): string {
  const letters = Array.from(
    crypto.getRandomValues(new Uint8Array(20)),
    (byte) => LETTERS[byte % LETTERS.length],
  ).join('');
  return letters.replace(/(.{5})(?=.)/g, '$1-');
}
