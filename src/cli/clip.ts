/** A text of at most `width` characters; what is cut off shows as an ellipsis. */
export function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
