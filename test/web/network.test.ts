/** Whose an address is. */
import { equal } from "node:assert/strict";
import { networkOf } from "../../web/network.ts";

describe("the network of an address", () => {
	it("is the address itself, of IPv4, however it is written", () => {
		equal(networkOf("192.0.2.1"), "192.0.2.1");
		equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
		equal(networkOf("::FFFF:192.0.2.2"), "192.0.2.2");
	});

	it("is the first half, of IPv6, however it is written", () => {
		for (const same of [
			"2001:db8:0:1::1",
			"2001:0DB8:0000:0001:ffff::",
			"2001:db8:0:1:2:3:4:5",
			"2001:db8:0:1::1%eth0",
		]) {
			equal(networkOf(same), "2001:db8:0:1", same);
		}
		equal(networkOf("2001:db8:0:2::1"), "2001:db8:0:2");
		equal(networkOf("2001:db8::1"), "2001:db8:0:0");
		equal(networkOf("::1"), "0:0:0:0");
		equal(networkOf("fe80::"), "fe80:0:0:0");
	});
});
