/** ICAP (RFC 3507) as text: what is asked, and what heads of answers say. Pure. */

/** Where a scanning service is: `icap://scanner.example.com:1344/virus_scan`. */
export interface IcapService {
	readonly host: string;
	readonly port: number;
	/** `icaps`: over TLS. */
	readonly tls: boolean;
	/** As it is written in requests. */
	readonly address: string;
}

export interface AnswerHead {
	readonly status: number;
	/** By their names in lower case. */
	readonly headers: ReadonlyMap<string, string>;
}

/** What a service says of itself. */
export interface IcapOptions {
	/** Bytes that it wants to see first; undefined: it wants all at once. */
	readonly previewBytes: number | undefined;
	readonly validMs: number;
}

const ports: Readonly<Record<string, number>> = { icap: 1344, icaps: 11_344 };
const lineEnd = "\r\n";

/** Undefined for what is no such address. */
export function icapServiceOf(text: string): IcapService | undefined {
	const [, scheme = "", host = "", port, path = ""] =
		/^(icaps?):\/\/([\w.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?(\/[\w./?=&%~-]+)$/i.exec(
			text,
		) ?? [];
	if (host === "" || path === "" || Number(port ?? 1) > 65_535) {
		return undefined;
	}
	const protocol = scheme.toLowerCase();
	return {
		host: host.replace(/^\[|\]$/g, ""),
		port: Number(port ?? ports[protocol]),
		tls: protocol === "icaps",
		address: text,
	};
}

export function optionsRequest(service: IcapService): string {
	return head("OPTIONS", service, {});
}

/** With the heads of the HTTP response that a file is shown as; its body follows, in chunks. Nobody's name is in it. */
export function respmodRequest(
	service: IcapService,
	bytes: number,
	previewBytes: number | undefined,
): string {
	const request = lines("GET /upload HTTP/1.1", "Host: chat");
	const response = lines(
		"HTTP/1.1 200 OK",
		"Content-Type: application/octet-stream",
		`Content-Length: ${bytes}`,
	);
	const bodyAt = request.length + response.length;
	return `${head("RESPMOD", service, {
		Allow: "204",
		...(previewBytes !== undefined && { Preview: String(previewBytes) }),
		Encapsulated: `req-hdr=0, res-hdr=${request.length}, res-body=${bodyAt}`,
	})}${request}${response}`;
}

function head(
	method: string,
	{ address, host, port }: IcapService,
	headers: Readonly<Record<string, string>>,
): string {
	const shown = host.includes(":") ? `[${host}]` : host;
	return lines(
		`${method} ${address} ICAP/1.0`,
		`Host: ${shown}:${port}`,
		"Connection: close",
		...Object.entries(headers).map((pair) => pair.join(": ")),
	);
}

function lines(...all: readonly string[]): string {
	return `${all.join(lineEnd)}${lineEnd}${lineEnd}`;
}

/** Of ICAP, or of the HTTP message within; `given` without the line ends. Throws an `Error` for what is neither. */
export function readHead(given: readonly string[]): AnswerHead {
	const [first = "", ...rest] = given;
	const status = /^(?:ICAP|HTTP)\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
	if (status === undefined) throw new Error("That is no ICAP");
	const headers = new Map<string, string>();
	let name = "";
	for (const line of rest) {
		const folded = /^[ \t]+(.*)$/.exec(line)?.[1];
		const [, key = "", value = ""] = /^([^\s:]+):[ \t]*(.*)$/.exec(line) ?? [];
		if (folded === undefined) name = key.toLowerCase();
		headers.set(
			name,
			folded === undefined ? value : `${headers.get(name) ?? ""} ${folded}`,
		);
	}
	return { status: Number(status), headers };
}

/** Throws an `Error` for a service that looks at no responses. */
export function optionsIn({ status, headers }: AnswerHead): IcapOptions {
	const methods = headers.get("methods") ?? "";
	if (status !== 200 || !/\bRESPMOD\b/i.test(methods)) {
		throw new Error(`No service for RESPMOD: ${status}, methods: ${methods}`);
	}
	return {
		previewBytes: wholeNumber(headers.get("preview"), mostPreviewBytes),
		validMs:
			(wholeNumber(headers.get("options-ttl"), mostValidSeconds) ??
				usualValidSeconds) * 1_000,
	};
}

/** It may be shown fewer bytes than it wants. */
const mostPreviewBytes = 65_536;
const mostValidSeconds = 3_600;
const usualValidSeconds = 600;

function wholeNumber(
	text: string | undefined,
	most: number,
): number | undefined {
	return text !== undefined && /^\d+$/.test(text.trim())
		? Math.min(Number(text), most)
		: undefined;
}

/** Headers by which servers say that they have found something; none of them is in the RFC. */
export function saysFound({ headers }: AnswerHead): boolean {
	return ["x-infection-found", "x-virus-id", "x-violations-found"].some(
		(name) => !/^(0|\s*)$/.test(headers.get(name)?.trim() ?? ""),
	);
}
