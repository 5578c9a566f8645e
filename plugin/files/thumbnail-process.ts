/**
 * A process of its own, for one thumbnail: an image comes in by stdin, a WebP without any metadata goes out by stdout. What is
 * made to break decoders breaks this process, and it reads nothing but what it is given. Ends with 3 for what it
 * cannot draw, with 4 when it took too long, which may be for what else the machine does.
 */
import { setPriority } from "node:os";
import { buffer } from "node:stream/consumers";
import sharp from "sharp";

/** Pixels in each direction. */
const most = 320;
/** 50 megapixels: at worst (interlaced, 16 bits a colour) 400 MiB of memory for as long as it is drawn. */
const mostPixels = 50_000_000;
const withinSeconds = 8;

/** People who chat come first. */
setPriority(10);
sharp.cache(false);
sharp.concurrency(1);
// SVG, PDF, TIFF and whatever else is compiled in: never looked at.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
	operation: ["Png", "Jpeg", "Nsgif", "Webp"].map(
		(name) => `VipsForeignLoad${name}Buffer`,
	),
});

const image = await buffer(process.stdin);
try {
	const thumbnail = await sharp(image, {
		limitInputPixels: mostPixels,
		failOn: "error",
		sequentialRead: true,
	})
		.timeout({ seconds: withinSeconds })
		.autoOrient()
		.resize(most, most, { fit: "inside", withoutEnlargement: true })
		.webp({ quality: 75 })
		.toBuffer();
	process.stdout.write(thumbnail);
} catch (error) {
	process.exitCode = /^timeout/.test(String((error as Error).message)) ? 4 : 3;
}
