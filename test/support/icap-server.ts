/**
 * As much of an ICAP server (RFC 3507) as a scanner is, over real sockets and strict: it finds the EICAR test file, reads nothing
 * that its client may not send, and can be told to misbehave.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";

/** Harmless; every scanner finds it. In two parts, so that no scanner finds this file. */
export const eicar = [
	"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD",
	"-ANTIVIRUS-TEST-FILE!$H+H*",
].join("");

export type IcapBehaviour =
	/** 204 for what is clean. */
	| "scans"
	/** Gives back all of it, with 200. */
	| "gives back"
	/** Gives back something else. */
	| "cleans"
	/** 503 */
	| "is busy"
	| "says nothing"
	/** Ends the connection within the head. */
	| "breaks off"
	/** Has no such service. */
	| "is another service"
	| "speaks HTTP";

export interface IcapServer {
	/** The address of its service. */
	readonly url: string;
	behaviour: IcapBehaviour;
	/** What each RESPMOD sent: bytes in the preview, and in all. */
	readonly seen: { readonly previewBytes: number; readonly bytes: number }[];
	readonly questions: string[];
	close(): Promise<void>;
}

export async function startIcap({
	previewBytes,
	port = 0,
	behaviour = "scans",
}: {
	/** What OPTIONS says; undefined: no previews. */
	readonly previewBytes?: number | undefined;
	readonly port?: number;
	readonly behaviour?: IcapBehaviour;
} = {}): Promise<IcapServer> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		socket.on("error", () => {});
		answer(socket, told, previewBytes).catch(() => socket.destroy());
	});
	await new Promise<void>((resolve) =>
		server.listen(port, "127.0.0.1", () => resolve()),
	);
	const told: IcapServer = {
		url: `icap://127.0.0.1:${(server.address() as AddressInfo).port}/scan`,
		behaviour,
		seen: [],
		questions: [],
		close: () =>
			new Promise((resolve) => {
				for (const socket of sockets) socket.destroy();
				server.close(() => resolve());
			}),
	};
	return told;
}

/** Latin-1, as it comes. */
interface Input {
	upTo(end: string): Promise<string>;
	exactly(bytes: number): Promise<string>;
}

function inputOf(socket: Socket): Input {
	const pieces = socket.setEncoding("latin1")[Symbol.asyncIterator]();
	let rest = "";
	async function take(end: () => number, skipped: number): Promise<string> {
		while (end() < 0) {
			const { value, done } = await pieces.next();
			if (done) throw new Error("The client went away");
			rest += value;
		}
		const taken = rest.slice(0, end());
		rest = rest.slice(taken.length + skipped);
		return taken;
	}
	return {
		upTo: (mark) => take(() => rest.indexOf(mark), mark.length),
		exactly: (bytes) => take(() => (rest.length < bytes ? -1 : bytes), 0),
	};
}

async function answer(
	socket: Socket,
	server: IcapServer,
	previewBytes: number | undefined,
): Promise<void> {
	const input = inputOf(socket);
	const [first = "", ...lines] = (await input.upTo("\r\n\r\n")).split("\r\n");
	server.questions.push(first);
	const say = (...answer: readonly string[]) =>
		void socket.write(`${answer.join("\r\n")}\r\n\r\n`, "latin1");
	const wrong = misbehaviour[server.behaviour];
	if (wrong === "") return;
	if (wrong !== undefined) return void socket.end(wrong);
	if (first.startsWith("OPTIONS ")) {
		return say(...optionsOf(previewBytes));
	}
	const asked = new Map(
		lines.map((line) => line.split(": ", 2) as [string, string]),
	);
	if (asked.get("Preview") !== previewBytes?.toString()) {
		return say("ICAP/1.0 400 Another preview than was said");
	}
	const offsets = asked.get("Encapsulated") ?? "";
	const [, header, body] =
		/^req-hdr=0, res-hdr=(\d+), res-body=(\d+)$/.exec(offsets) ?? [];
	const heads = await input.exactly(Number(body));
	if (heads.slice(Number(header), Number(header) + 5) !== "HTTP/") {
		return say("ICAP/1.0 400 The response is not where it was said to be");
	}
	const seen = await bodyOf(input, previewBytes !== undefined, () =>
		say("ICAP/1.0 100 Continue"),
	);
	server.seen.push({
		previewBytes: seen.previewBytes,
		bytes: seen.body.length,
	});
	say(...verdictOn(seen.body, server.behaviour));
}

/** Of what misbehaves, what it says before it ends the connection; nothing: it does not even do that. */
const misbehaviour: Readonly<Partial<Record<IcapBehaviour, string>>> = {
	"says nothing": "",
	"is busy": "ICAP/1.0 503 Service overloaded\r\n\r\n",
	"breaks off": "ICAP/1.0 2",
	"is another service": "ICAP/1.0 404 ICAP Service not found\r\n\r\n",
	"speaks HTTP": "<html>400 Bad Request</html>\r\n\r\n",
};

function optionsOf(previewBytes: number | undefined): readonly string[] {
	return [
		"ICAP/1.0 200 OK",
		"Methods: RESPMOD, REQMOD",
		'ISTag: "test"',
		"Allow: 204",
		...(previewBytes === undefined ? [] : [`Preview: ${previewBytes}`]),
		"Options-TTL: 60",
		"Encapsulated: null-body=0",
	];
}

async function bodyOf(
	input: Input,
	isPreviewed: boolean,
	goOn: () => void,
): Promise<{ readonly previewBytes: number; readonly body: string }> {
	async function chunks() {
		let body = "";
		for (;;) {
			const [size = "", extension] = (await input.upTo("\r\n")).split(";");
			const bytes = Number.parseInt(size, 16);
			body += await input.exactly(bytes);
			if ((await input.upTo("\r\n")) !== "") throw new Error("No chunk");
			if (bytes === 0) return { body, isEnd: extension?.trim() === "ieof" };
		}
	}
	const first = await chunks();
	if (!isPreviewed) return { previewBytes: 0, body: first.body };
	const previewBytes = first.body.length;
	if (first.isEnd) return { previewBytes, body: first.body };
	goOn();
	return { previewBytes, body: first.body + (await chunks()).body };
}

function verdictOn(body: string, behaviour: IcapBehaviour): readonly string[] {
	if (body.includes(eicar)) {
		return [
			"ICAP/1.0 200 OK",
			"X-Infection-Found: Type=0; Resolution=2; Threat=Eicar;",
			"X-Violations-Found: 1\r\n\t-\r\n\tEicar\r\n\t0\r\n\t0",
			...changed("403 Forbidden", "<h1>VIRUS FOUND</h1>"),
		];
	}
	if (behaviour === "scans") return ["ICAP/1.0 204 No Content"];
	const given = behaviour === "cleans" ? "something else" : body;
	return ["ICAP/1.0 200 OK", ...changed("200 OK", given)];
}

/** The rest of an answer that gives a response in place of the one that was shown. */
function changed(status: string, body: string): readonly string[] {
	const head = `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\n\r\n`;
	return [
		`Encapsulated: res-hdr=0, res-body=${head.length}`,
		"",
		`${head}${body.length.toString(16)}\r\n${body}\r\n0`,
	];
}
