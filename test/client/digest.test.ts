import assert from "node:assert/strict";
import { digestAnswer, strongestChallenge } from "../../client/node/digest.ts";

/** RFC 7616 section 3.9.1: two challenges, of which a client picks one. */
const sha256 =
	'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const md5 =
	'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const mufasa = {
	username: "Mufasa",
	password: "Circle of Life",
	method: "GET",
	uri: "/dir/index.html",
	count: 1,
	cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

function answerTo(...lines: string[]): string {
	const challenge = strongestChallenge(lines);
	assert.ok(challenge);
	return digestAnswer(challenge, mufasa);
}

describe("A digest answer", () => {
	it("is RFC 7616's for MD5", () => {
		const answer = answerTo(md5);
		assert.match(answer, /response="8ca523f5e9506fed4657c9700eebdbec"/);
		assert.match(answer, /, algorithm=MD5, /);
		assert.match(answer, /, qop=auth, nc=00000001, cnonce="f2\/wE4q74E6z/);
		assert.match(
			answer,
			/opaque="FQhe\/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"/,
		);
	});

	it("is RFC 7616's for SHA-256", () => {
		assert.match(
			answerTo(sha256),
			/response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/,
		);
	});

	it("is RFC 2069's where no qop is offered", () => {
		const challenge = strongestChallenge([
			'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
		]);
		assert.ok(challenge);
		const answer = digestAnswer(challenge, {
			...mufasa,
			password: "CircleOfLife",
		});
		// The corrected value of RFC 2069's example (its errata).
		assert.match(answer, /response="1949323746fe6a43ef61f9606e7febea"/);
		assert.doesNotMatch(answer, /qop|cnonce|algorithm/);
	});

	it("answers the strongest challenge, in whatever order and lines they come", () => {
		assert.match(answerTo(md5, sha256), /algorithm=SHA-256/);
		assert.match(answerTo(sha256, md5), /algorithm=SHA-256/);
		assert.match(answerTo(`${md5}, ${sha256}`), /algorithm=SHA-256/);
	});

	it("passes over schemes and algorithms that it does not know", () => {
		const answer = answerTo(
			'NTLM realm="SIP Communications Service", targetname="x", version=4',
			'Digest realm="r", nonce="n", algorithm=SHA-3, qop="auth"',
			md5,
		);
		assert.match(answer, /algorithm=MD5/);
		assert.equal(
			strongestChallenge(['Basic realm="r"', 'Digest realm="r"']),
			undefined,
		);
	});

	it("does not answer where only auth-int is offered", () => {
		assert.equal(
			strongestChallenge(['Digest realm="r", nonce="n", qop="auth-int"']),
			undefined,
		);
	});

	it("quotes quotation marks", () => {
		const challenge = strongestChallenge([
			'Digest realm="say \\"hi\\"", nonce="n", qop="auth"',
		]);
		assert.equal(challenge?.realm, 'say "hi"');
		assert.ok(challenge);
		assert.match(
			digestAnswer(challenge, mufasa),
			/realm="say \\"hi\\"", nonce="n"/,
		);
	});
});
