/** Files as browsers bring and get them: bytes there and back. */
import { type IncomingHttpHeaders, request } from "node:http";
import type { Answer, Browser, Site } from "./site.ts";

export interface Reply {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

export interface BytesAsked {
	/** With his cookies, Origin and token. */
	readonly by?: Browser;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer | string;
}

export interface FileAnswer {
	readonly file: { readonly id: string; readonly type: string };
	readonly message?: { readonly text: string; readonly sequence: number };
}

export interface FileExchange {
	exchange(method: string, path: string, asked?: BytesAsked): Promise<Reply>;
	begin(
		by: Browser,
		file: {
			readonly room: string;
			readonly name: string;
			readonly bytes: number;
		},
	): Promise<Answer & { readonly id: string }>;
	piece(
		by: Browser,
		id: string,
		offset: number,
		body: Buffer | string,
	): Promise<Reply>;
	finish(
		by: Browser,
		id: string,
	): Promise<Answer & { readonly told: FileAnswer }>;
	/** All three; the file's id. */
	bring(
		by: Browser,
		file: {
			readonly room: string;
			readonly name: string;
			readonly body: Buffer | string;
		},
	): Promise<string>;
}

export function fileExchange({ web }: Pick<Site, "web">): FileExchange {
	const { hostname, port, origin } = new URL(web.address);

	function exchange(
		method: string,
		path: string,
		{ by, headers = {}, body }: BytesAsked = {},
	): Promise<Reply> {
		const all = {
			...(by !== undefined && {
				cookie: cookiesOf(by),
				origin,
				"x-csrf-token": by.csrfToken,
			}),
			...(body !== undefined && {
				"content-length": String(Buffer.byteLength(body)),
			}),
			...headers,
		};
		return new Promise((resolve, reject) => {
			const options = { hostname, port, method, path, headers: all };
			const asked = request({ ...options, agent: false }, (response) => {
				const pieces: Buffer[] = [];
				response.on("data", (piece) => pieces.push(piece));
				response.on("error", reject);
				response.on("end", () =>
					resolve({
						status: response.statusCode ?? 0,
						headers: response.headers,
						body: Buffer.concat(pieces),
					}),
				);
			});
			asked.on("error", reject);
			asked.end(body);
		});
	}

	const all: FileExchange = {
		exchange,
		async begin(by, { room, name, bytes }) {
			const path = `/api/rooms/${room}/files`;
			const answer = await by.ask("POST", path, { body: { name, bytes } });
			return { ...answer, id: (answer.json as { id: string }).id };
		},
		piece: (by, id, offset, body) =>
			exchange("PATCH", `/api/uploads/${id}`, {
				...{ by, body },
				headers: { "upload-offset": String(offset) },
			}),
		async finish(by, id) {
			const answer = await by.ask("POST", `/api/uploads/${id}/finish`);
			return { ...answer, told: answer.json as FileAnswer };
		},
		async bring(by, { body, ...file }) {
			const bytes = Buffer.byteLength(body);
			const { id } = await all.begin(by, { ...file, bytes });
			const { status } = await all.piece(by, id, 0, body);
			if (status !== 200) throw new Error(`The piece was answered ${status}`);
			const finished = await all.finish(by, id);
			if (finished.status !== 200) throw new Error(finished.text);
			return id;
		},
	};
	return all;
}

export function cookiesOf({ cookies }: Browser): string {
	return [...cookies].map((pair) => pair.join("=")).join("; ");
}
