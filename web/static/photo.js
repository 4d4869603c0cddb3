// Make a photo fit for sending: at most 2048 px on its long side, JPEG. Small ones go as they are; a copy keeps the EXIF.
import { cameraExif, withExif } from "./exif.js";
import { t } from "./texts.js";

const LONG_SIDE_MAX = 2048;
const AS_THEY_ARE = ["image/jpeg", "image/png", "image/webp"];

export async function prepare(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(t("not_a_photo"));
  }
  const share = Math.min(1, LONG_SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  if (share === 1 && AS_THEY_ARE.includes(file.type)) {
    bitmap.close();
    return file;
  }
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * share);
  canvas.height = Math.round(bitmap.height * share);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  if (!blob) throw new Error(t("not_a_photo"));
  const exif = cameraExif(new Uint8Array(await file.arrayBuffer()));
  return exif ? withExif(blob, exif) : blob;
}
