/** A little OpenID Connect provider on a socket: discovery, keys, codes for whoever comes, tokens by PKCE; and the lies that a test asks for. */
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface OpenIdProvider {
	/** `http://localhost:4000`: another site than 127.0.0.1. */
	readonly issuer: string;
	/** What it says of whoever comes, beside what the protocol wants. */
	claims: Record<string, unknown>;
	/** What it says in place of what is true. */
	lies: Lies;
	/** How many codes it has taken. */
	readonly taken: number;
	/** As a browser that is sent there, and whose user agrees: where he is sent back to. */
	visit(url: string): Promise<URL>;
	close(): Promise<void>;
}

interface Lies {
	readonly idToken?: Readonly<Record<string, unknown>>;
	/** `iss` beside the code. */
	readonly iss?: string;
	readonly forgedSignature?: boolean;
	/** Only /userinfo tells the claims. */
	readonly onlyUserInfo?: boolean;
}

export const openIdClient = {
	clientId: "chat",
	clientSecret: "a secret & more",
} as const;

interface Code {
	readonly challenge: string;
	readonly redirectUri: string;
	readonly nonce: string;
}

/** `port` 0: any that is free. */
export async function startOpenIdProvider(port = 0): Promise<OpenIdProvider> {
	const { privateKey, publicKey } = generateKeyPairSync("rsa", {
		modulusLength: 2048,
	});
	const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const codes = new Map<string, Code>();
	let taken = 0;

	function idToken(nonce: string): string {
		const now = Math.floor(Date.now() / 1_000);
		const payload = {
			iss: provider.issuer,
			sub: "a-subject",
			aud: openIdClient.clientId,
			iat: now,
			exp: now + 60,
			nonce,
			...(provider.lies.onlyUserInfo !== true && provider.claims),
			...provider.lies.idToken,
		};
		const text = [{ alg: "RS256", kid: "1" }, payload]
			.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
			.join(".");
		const forged = provider.lies.forgedSignature === true;
		const key = forged ? other.privateKey : privateKey;
		return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
	}

	function authorize(query: URLSearchParams): string {
		const code = randomUUID();
		codes.set(code, {
			challenge: query.get("code_challenge") ?? "",
			redirectUri: query.get("redirect_uri") ?? "",
			nonce: query.get("nonce") ?? "",
		});
		const back = new URL(query.get("redirect_uri") ?? "");
		back.searchParams.set("code", code);
		back.searchParams.set("state", query.get("state") ?? "");
		back.searchParams.set("iss", provider.lies.iss ?? provider.issuer);
		return back.href;
	}

	/** The answer of the token endpoint. Each code is taken once. */
	function redeem(form: URLSearchParams, authorization: string): object {
		const { clientId, clientSecret } = openIdClient;
		const [id = "", secret = ""] = Buffer.from(
			authorization.replace(/^Basic /, ""),
			"base64",
		)
			.toString()
			.split(":")
			.map((part) => decodeURIComponent(part.replaceAll("+", " ")));
		const code = codes.get(form.get("code") ?? "");
		codes.delete(form.get("code") ?? "");
		const challenge = createHash("sha256")
			.update(form.get("code_verifier") ?? "")
			.digest("base64url");
		if (id !== clientId || secret !== clientSecret) {
			return { error: "invalid_client" };
		}
		if (
			code === undefined ||
			code.challenge !== challenge ||
			code.redirectUri !== form.get("redirect_uri")
		) {
			return { error: "invalid_grant" };
		}
		taken += 1;
		return {
			access_token: "an-access-token",
			token_type: "Bearer",
			id_token: idToken(code.nonce),
		};
	}

	async function answer(
		asked: IncomingMessage,
		url: URL,
	): Promise<object | string> {
		const at = (path: string) => `${provider.issuer}${path}`;
		switch (url.pathname) {
			case "/.well-known/openid-configuration":
				return {
					issuer: provider.issuer,
					authorization_endpoint: at("/authorize"),
					token_endpoint: at("/token"),
					userinfo_endpoint: at("/userinfo"),
					jwks_uri: at("/keys"),
					response_types_supported: ["code"],
					subject_types_supported: ["public"],
					id_token_signing_alg_values_supported: ["RS256"],
					code_challenge_methods_supported: ["S256"],
					authorization_response_iss_parameter_supported: true,
				};
			case "/keys":
				return {
					keys: [
						{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256" },
					],
				};
			case "/authorize":
				return authorize(url.searchParams);
			case "/token":
				return redeem(
					new URLSearchParams(await bodyOf(asked)),
					asked.headers.authorization ?? "",
				);
			case "/userinfo":
				return { sub: "a-subject", ...provider.claims };
			default:
				return { error: "not_found" };
		}
	}

	const server = createServer((asked, reply) => {
		// No connection is kept: a test leaves nothing open.
		reply.setHeader("connection", "close");
		answer(asked, new URL(asked.url ?? "/", "http://provider")).then((said) => {
			if (typeof said === "string") {
				reply.writeHead(302, { location: said }).end();
				return;
			}
			const status = "error" in said ? 400 : 200;
			reply.writeHead(status, { "content-type": "application/json" });
			reply.end(JSON.stringify(said));
		});
	});
	await new Promise<void>((resolve) =>
		server.listen(port, "127.0.0.1", resolve),
	);
	const provider: OpenIdProvider = {
		issuer: `http://localhost:${(server.address() as AddressInfo).port}`,
		claims: {},
		lies: {},
		get taken() {
			return taken;
		},
		visit: (url) =>
			new Promise((resolve, reject) => {
				request(url, { agent: false }, (response) => {
					response.resume();
					resolve(new URL(response.headers.location ?? ""));
				})
					.on("error", reject)
					.end();
			}),
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
	return provider;
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
	let text = "";
	for await (const piece of asked) text += piece;
	return text;
}
