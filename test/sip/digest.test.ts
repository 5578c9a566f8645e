import { deepEqual, equal, match } from "node:assert/strict";
import { hashCredentials } from "../../plugin/credentials.ts";
import {
	createDigest,
	type DigestAnswer,
	hash,
	parseDigestAnswer,
	responseOf,
} from "../../plugin/sip/digest.ts";

/** RFC 7616 section 3.9.1. */
const example = {
	ha1: (algorithm: "MD5" | "SHA-256") =>
		hash(algorithm, "Mufasa:http-auth@example.org:Circle of Life"),
	answer: (algorithm: "MD5" | "SHA-256"): DigestAnswer => ({
		username: "Mufasa",
		realm: "http-auth@example.org",
		nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		uri: "/dir/index.html",
		response: "",
		algorithm,
		qop: {
			nc: "00000001",
			cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		},
	}),
};

const register = { method: "REGISTER", holder: "here" };

function setUp(start = 1_000_000) {
	let time = start;
	const digest = createDigest("example.com", () => time);
	const { md5, sha256 } = hashCredentials("alice", "example.com", "alice-pw");
	const nonceOf = (challenge: string) =>
		/nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
	const answer = (
		algorithm: "MD5" | "SHA-256",
		nonce: string,
		nc = "00000001",
		uri = "sip:example.com",
	): DigestAnswer => {
		const bare: DigestAnswer = {
			username: "alice",
			realm: "example.com",
			nonce,
			uri,
			response: "",
			algorithm,
			qop: { nc, cnonce: "c" },
		};
		const ha1 = algorithm === "MD5" ? md5 : sha256;
		return { ...bare, response: responseOf(bare, "REGISTER", ha1) };
	};
	const nonce = () =>
		nonceOf(digest.challenge(["MD5"], false, "here")[0] ?? "");
	return {
		digest,
		md5,
		sha256,
		answer,
		nonce,
		pass: (ms: number) => {
			time += ms;
		},
	};
}

describe("digest authentication", () => {
	it("computes the responses of RFC 7616 section 3.9.1", () => {
		equal(
			responseOf(example.answer("MD5"), "GET", example.ha1("MD5")),
			"8ca523f5e9506fed4657c9700eebdbec",
		);
		equal(
			responseOf(example.answer("SHA-256"), "GET", example.ha1("SHA-256")),
			"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		);
	});

	it("takes the answer to another node's challenge, which has the same key, and to nobody's else", () => {
		const { answer, md5 } = setUp();
		const of = (key: string) => createDigest("example.com", () => 1_000, key);
		const [challenge = ""] = of("shared").challenge(["MD5"], false, "here");
		const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
		const verdict = (key: string) =>
			of(key).verify(answer("MD5", nonce), register, md5);
		equal(verdict("shared"), "right");
		equal(verdict("another"), "stale");
	});

	it("offers one header for each algorithm, over one nonce", () => {
		const { digest } = setUp();
		const [first = "", second = ""] = digest.challenge(
			["SHA-256", "MD5"],
			true,
			"here",
		);
		match(
			first,
			/^Digest realm="example\.com", nonce="[^"]+", algorithm=SHA-256, qop="auth", stale=true$/,
		);
		match(second, /algorithm=MD5/);
		equal(/nonce="[^"]+"/.exec(first)?.[0], /nonce="[^"]+"/.exec(second)?.[0]);
	});

	for (const algorithm of ["MD5", "SHA-256"] as const) {
		it(`lets the right password in by ${algorithm}, and no other`, () => {
			const { digest, md5, sha256, answer, nonce } = setUp();
			const ha1 = algorithm === "MD5" ? md5 : sha256;
			const given = answer(algorithm, nonce());
			equal(
				digest.verify(given, { ...register, method: "INVITE" }, ha1),
				"wrong",
			);
			equal(digest.verify(given, register, "0".repeat(64)), "wrong");
			equal(digest.verify(given, register, undefined), "wrong");
			equal(
				digest.verify({ ...given, realm: "other" }, register, ha1),
				"wrong",
			);
			equal(digest.verify(given, register, ha1), "right");
		});
	}

	it("takes each count of a nonce once", () => {
		const { digest, md5, answer, nonce } = setUp();
		const one = nonce();
		equal(digest.verify(answer("MD5", one), register, md5), "right");
		equal(digest.verify(answer("MD5", one), register, md5), "replayed");
		equal(
			digest.verify(answer("MD5", one, "00000002"), register, md5),
			"right",
		);
	});

	it("takes no nonce of its own that is too old, and none of others", () => {
		const { digest, md5, answer, nonce, pass } = setUp();
		const old = nonce();
		pass(60_001);
		equal(digest.verify(answer("MD5", old), register, md5), "stale");
		equal(digest.verify(answer("MD5", "made-up"), register, md5), "stale");
		const forged = nonce().replace(/^[^.]+/, (99_999_999).toString(36));
		equal(digest.verify(answer("MD5", forged), register, md5), "stale");
	});

	it("takes a nonce from nobody but whom it was given to", () => {
		const { digest, md5, answer, nonce } = setUp();
		const one = nonce();
		const elsewhere = { ...register, holder: "there" };
		equal(digest.isFresh(one, "there"), false);
		equal(digest.verify(answer("MD5", one), elsewhere, md5), "stale");
		equal(digest.verify(answer("MD5", one), register, md5), "right");
	});

	it("hashes the uri as the client gives it: real ones write (null)", () => {
		const { digest, md5, answer, nonce } = setUp();
		const given = answer("MD5", nonce(), "00000001", "(null)");
		equal(digest.verify(given, register, md5), "right");
	});

	it("reads what clients write, and nothing else", () => {
		deepEqual(
			parseDigestAnswer(
				'Digest  username="al\\"ice",realm="a, b" , nonce="n", uri="sip:x",qop=auth, nc=0000000A, cnonce="c", response=AB, algorithm=sha-256, opaque=""',
			),
			{
				username: 'al"ice',
				realm: "a, b",
				nonce: "n",
				uri: "sip:x",
				response: "AB",
				algorithm: "SHA-256",
				qop: { nc: "0000000a", cnonce: "c" },
			},
		);
		for (const wrong of [
			"",
			"Basic YTpi",
			"Digest",
			'Digest username="a", nonce="n"',
			'Digest username="a", nonce="n", response="r", algorithm=SHA-512',
			'Digest username="a", nonce="n", response="r", qop=auth-int',
			'Digest username="a", nonce="n", response="r", qop=auth, nc=1',
		]) {
			equal(parseDigestAnswer(wrong), undefined, wrong);
		}
	});
});
