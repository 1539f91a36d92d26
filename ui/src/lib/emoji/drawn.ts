/** Which emoji the computer's font can draw: the others would be boxes. */

/** One emoji from each of the newer versions of the set, newest first. */
const SAMPLES: readonly (readonly [number, string])[] = [
  [17, '\u{1faea}'],
  [16, '\u{1fae9}'],
  [15.1, '\u{1f426}\u200d\u{1f525}'],
  [15, '\u{1fae8}'],
  [14, '\u{1fae0}'],
];
const KNOWN = '\u{1f600}';
const SIZE_PX = 24;

/** The newest version that the font fully supports. All versions if not even the oldest is in colour. */
export function newestDrawn(): number {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [SIZE_PX * 3, SIZE_PX * 2];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null || !inColour(context, KNOWN)) return Infinity;
  const width = context.measureText(KNOWN).width;
  // An unsupported sequence is drawn as its parts, side by side.
  const drawn = SAMPLES.find(([, emoji]) => inColour(context, emoji) && context.measureText(emoji).width < width * 1.4);
  return drawn?.[0] ?? 13.1;
}

function inColour(context: CanvasRenderingContext2D, emoji: string): boolean {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.font = `${SIZE_PX}px 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif`;
  context.textBaseline = 'top';
  context.fillText(emoji, 0, 4);
  const { data } = context.getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 24) return true;
  }
  return false;
}
