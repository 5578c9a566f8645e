/** Images to bring, good and bad ones. */
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";

export type ImageFormat = "png" | "jpeg" | "gif" | "webp";

export function imageOf(
	format: ImageFormat,
	{ width = 640, height = 480 } = {},
): Promise<Buffer> {
	return blank(width, height).toFormat(format).toBuffer();
}

/** As a telephone takes it: lying on its side, with what it was taken by and where. */
export function photograph(): Promise<Buffer> {
	return blank(400, 200)
		.withExif({
			IFD0: { Make: "Telephone of Alice" },
			IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
		})
		.withMetadata({ orientation: 6 })
		.jpeg()
		.toBuffer();
}

/** A few hundred bytes that say of themselves that they are so many pixels, and no pixel after. */
export async function claimedPng(
	width: number,
	height: number,
): Promise<Buffer> {
	const bytes = await imageOf("png", { width: 8, height: 8 });
	const header = 16;
	bytes.writeUInt32BE(width, header);
	bytes.writeUInt32BE(height, header + 4);
	// A decoder would refuse it for its sum.
	bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
	return bytes;
}

function blank(width: number, height: number): Sharp {
	return sharp({
		create: { width, height, channels: 3, background: "#204080" },
	});
}
