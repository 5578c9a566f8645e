/** The session description of a chat dialog: nothing is negotiated, every offered line is accepted as it came (RFC 4566). */

/** An answer to any offer, or an offer of ours where the client made none. Some SIP servers drop a 200 without one. */
export function sdpAnswer(offer: string, serviceUri: string): string {
	const media = offer
		.split(/\r?\n/)
		.filter((line) => line.startsWith("m="))
		.slice(0, 8)
		.map((line) => line.slice(0, 200).replace(/^(m=\S+) 0 /, "$1 9 "));
	if (media.length === 0) media.push(`m=message 5060 sip ${serviceUri}`);
	const lines = [
		"v=0",
		"o=- 0 0 IN IP4 0.0.0.0",
		"s=session",
		"c=IN IP4 0.0.0.0",
		"t=0 0",
		...media.flatMap((line) => [line, "a=accept-types:text/plain"]),
	];
	return `${lines.join("\r\n")}\r\n`;
}
