import { html, type Html } from "./html.ts";

/** Pixels that a browser is asked to unpack at most; a file of some KB can hold billions. */
const pixelsMax = 40_000_000;

/** A picture within the page, when its bytes are a PNG or a JPEG of a sane size, whatever its name says; undefined otherwise. SVG is markup, and never one. */
export function picture(name: string, bytes: Uint8Array): Html | undefined {
  const found = sizeOfPng(bytes) ?? sizeOfJpeg(bytes);
  if (found === undefined) return undefined;
  const { type, width, height } = found;
  if (width < 1 || height < 1 || width * height > pixelsMax) return undefined;
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return html`<figure>
    <img src="data:${type};base64,${data}" width="${width}" height="${height}" alt="the picture ${name}" />
    <figcaption>${name}, ${width} × ${height}</figcaption>
  </figure>`;
}

interface Size {
  type: "image/png" | "image/jpeg";
  width: number;
  height: number;
}

const pngMark = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The first chunk of a PNG is its header. */
function sizeOfPng(bytes: Uint8Array): Size | undefined {
  if (bytes.length < 33 || pngMark.some((byte, at) => bytes[at] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(12) !== 0x49_48_44_52) return undefined;
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

/** The segments of a JPEG up to its frame (SOF0 … SOF15, without DHT, JPG, DAC). */
function sizeOfJpeg(bytes: Uint8Array): Size | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { type: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
