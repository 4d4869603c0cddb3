// The camera's EXIF: found in a photo, and put into the copy that is sent, so that its clock and place can be checked.
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]; // bytes of a value by its type
const ORIENTATION = 0x0112;
const EXIF = 0x8769; // in the main directory, where these two begin
const GPS = 0x8825;
const LEFT_OUT = [EXIF, GPS, 0x014a, 0xa005]; // directories; any others are about other pictures
const ENTRIES_MAX = 200;
const BYTES_MAX = 65_000; // of all: a segment of a JPEG has a little more
const VALUE_BYTES_MAX = 256; // what is longer, a maker's notes above all, nobody reads

const ascii = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const behindName = (bytes) => (ascii(bytes, 0, 6) === "Exif\0\0" ? bytes.subarray(6) : bytes);

function inJpeg(bytes) {
  const view = viewOf(bytes);
  for (let at = 2; ;) {
    while (view.getUint8(at) !== 0xff || [0x00, 0xff].includes(view.getUint8(at + 1))) at += 1;
    const [marker, length] = [view.getUint8(at + 1), view.getUint16(at + 2)];
    if (marker === 0xda || marker === 0xd9) return null;
    if (marker === 0xe1 && ascii(bytes, at + 4, 6) === "Exif\0\0") return bytes.subarray(at + 10, at + 2 + length);
    at += 2 + length;
  }
}

function inPng(bytes) {
  const view = viewOf(bytes);
  for (let at = 8; ; at += 12 + view.getUint32(at)) {
    if (ascii(bytes, at + 4, 4) === "eXIf") return bytes.subarray(at + 8, at + 8 + view.getUint32(at));
  }
}

function inWebp(bytes) {
  const view = viewOf(bytes);
  for (let at = 12; ;) {
    const length = view.getUint32(at + 4, true);
    if (ascii(bytes, at, 4) === "EXIF") return behindName(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
}

/** The entries of a directory, each with its value as it stands there. */
function entriesAt(tiff, at, little) {
  const view = viewOf(tiff);
  const found = [];
  for (let n = 0; n < Math.min(view.getUint16(at, little), ENTRIES_MAX); n += 1) {
    const place = at + 2 + 12 * n;
    if (place + 12 > tiff.length) break;
    const [tag, type, count] = [view.getUint16(place, little), view.getUint16(place + 2, little), view.getUint32(place + 4, little)];
    const size = (SIZES[type] ?? 0) * count;
    const from = size > 4 ? view.getUint32(place + 8, little) : place + 8;
    if (size > 0 && size <= VALUE_BYTES_MAX && from + size <= tiff.length) found.push({ tag, type, count, value: tiff.subarray(from, from + size) });
  }
  return found;
}

const longer = (entries) => entries.filter(({ value }) => value.length > 4);
const sizeOf = (entries) => 6 + 12 * entries.length + longer(entries).reduce((sum, { value }) => sum + value.length + (value.length % 2), 0);

function writeDirectory(tiff, at, entries, little) {
  const view = viewOf(tiff);
  view.setUint16(at, entries.length, little);
  let free = at + 6 + 12 * entries.length; // behind the entries and the place of the next directory, which is none
  [...entries].sort((one, other) => one.tag - other.tag).forEach(({ tag, type, count, value }, n) => {
    const place = at + 2 + 12 * n;
    view.setUint16(place, tag, little);
    view.setUint16(place + 2, type, little);
    view.setUint32(place + 4, count, little);
    if (value.length <= 4) return tiff.set(value, place + 8);
    view.setUint32(place + 8, free, little);
    tiff.set(value, free);
    free += value.length + (value.length % 2);
  });
}

/** A number as the value of an entry. */
function number(tag, type, value, little) {
  const bytes = new Uint8Array(SIZES[type]);
  if (type === 3) viewOf(bytes).setUint16(0, value, little);
  else viewOf(bytes).setUint32(0, value, little);
  return { tag, type, count: 1, value: bytes };
}

/** The same EXIF of a picture that stands upright, without its thumbnail: as it is written anew, it has no room for one. */
function upright(tiff) {
  const view = viewOf(tiff);
  const little = { 0x4949: true, 0x4d4d: false }[view.getUint16(0)];
  if (little === undefined) return null;
  const all = entriesAt(tiff, view.getUint32(4, little), little);
  const main = all.filter(({ tag }) => tag !== ORIENTATION && !LEFT_OUT.includes(tag));
  main.push(number(ORIENTATION, 3, 1, little));
  const inner = all.filter(({ tag, type, count }) => [EXIF, GPS].includes(tag) && type === 4 && count === 1)
    .map(({ tag, value }) => [tag, entriesAt(tiff, viewOf(value).getUint32(0, little), little).filter((entry) => !LEFT_OUT.includes(entry.tag))]);
  let end = 8 + sizeOf(main) + 12 * inner.length;
  const places = inner.map(([tag, entries]) => {
    main.push(number(tag, 4, end, little));
    end += sizeOf(entries);
    return end - sizeOf(entries);
  });
  if (end > BYTES_MAX) return null;
  const made = new Uint8Array(end);
  made.set(tiff.subarray(0, 4));
  viewOf(made).setUint32(4, 8, little);
  writeDirectory(made, 8, main, little);
  inner.forEach(([, entries], n) => writeDirectory(made, places[n], entries, little));
  return made;
}

/** What the camera tells in the bytes of a JPEG, PNG or WebP, as a TIFF structure; null where that is nothing, or nonsense. */
export function cameraExif(bytes) {
  const kind = { "\xff\xd8": inJpeg, "\x89P": inPng, RI: inWebp }[ascii(bytes, 0, 2)];
  try {
    const tiff = kind?.(bytes);
    return tiff ? upright(tiff) : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // it points beyond its own end
    throw error;
  }
}

/** The JPEG with this EXIF, behind its first two bytes. */
export function withExif(jpeg, exif) {
  const length = 8 + exif.length;
  return new Blob([jpeg.slice(0, 2), Uint8Array.of(0xff, 0xe1, length >> 8, length & 255), "Exif\0\0", exif, jpeg.slice(2)], { type: jpeg.type });
}
