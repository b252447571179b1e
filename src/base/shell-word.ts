/** A word for a command that somebody may copy into a shell (POSIX): whatever stands in it, it stays one word and runs nothing. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
