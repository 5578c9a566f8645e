/** Whose an address is, where attempts and requests are counted. */
import { isIPv6 } from "node:net";

const groupsOfIpv6 = 8;
/** Of an IPv6 address, in groups: what one customer is given, who then has as many addresses as he likes. */
const groupsOfNetwork = 4;

/** An IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
	if (!isIPv6(address)) return address;
	const [bare = ""] = address.toLowerCase().split("%");
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
	if (mapped !== undefined) return mapped;
	const [head = "", tail] = bare.split("::");
	const front = head === "" ? [] : head.split(":");
	if (tail !== undefined) {
		const back = tail === "" ? 0 : tail.split(":").length;
		const missing = Math.max(0, groupsOfIpv6 - front.length - back);
		front.push(...Array<string>(missing).fill("0"), ...tail.split(":"));
	}
	return front
		.slice(0, groupsOfNetwork)
		.map((group) => Number.parseInt(group || "0", 16).toString(16))
		.join(":");
}
