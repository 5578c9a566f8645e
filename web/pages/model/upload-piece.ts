/** A piece of a file on its way out, with how far it is: what `fetch` does not tell. */
import { Refusal } from "./session.ts";

/** Nothing of it has gone out for so long: the network is away, though nobody has said so. */
const stalledMs = 30_000;

export interface Piece {
	/** How many bytes came before. */
	readonly offset: number;
	readonly bytes: Blob;
	readonly csrfToken: string;
	readonly signal: AbortSignal;
	/** So many bytes of the piece have gone out. */
	readonly onSent: (bytes: number) => void;
}

/** How many bytes of the file the site has then. Rejects with `Refusal`, or an `Error` when the network is away. */
export function sendPiece(upload: string, piece: Piece): Promise<number> {
	const { offset, bytes, csrfToken, signal, onSent } = piece;
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		const stop = () => request.abort();
		let timer = setTimeout(stop, stalledMs);
		request.open("PATCH", `api/uploads/${upload}`);
		request.responseType = "json";
		request.setRequestHeader("content-type", "application/octet-stream");
		request.setRequestHeader("upload-offset", String(offset));
		request.setRequestHeader("x-csrf-token", csrfToken);
		request.upload.addEventListener("progress", ({ loaded }) => {
			clearTimeout(timer);
			timer = setTimeout(stop, stalledMs);
			onSent(loaded);
		});
		request.addEventListener("loadend", () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", stop);
			const { status, response } = request;
			if (status === 200) resolve(Number(response?.received));
			else if (status === 0) reject(new Error("The network is away."));
			else {
				const { reason = "failed", detail = request.statusText } =
					response ?? {};
				reject(new Refusal(status, reason, detail));
			}
		});
		signal.addEventListener("abort", stop);
		request.send(bytes);
	});
}
