/** A TCP relay between two programs: it can be cut, so that both see an end, and held, so that neither hears anything. */
import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";

export interface TcpRelay {
	readonly host: string;
	readonly port: number;
	/** To connect, so far, whatever became of them. */
	readonly attempts: number;
	/** Ends what there is, and every connection until `mend`. */
	cut(): void;
	/** Keeps everything back, in both directions, and says nothing; later connections too. */
	hold(): void;
	/** As at the beginning; what was held is ended. */
	mend(): void;
	close(): Promise<void>;
}

export async function startTcpRelay(to: {
	readonly host: string;
	readonly port: number;
}): Promise<TcpRelay> {
	const sockets = new Set<Socket>();
	let state: "open" | "cut" | "held" = "open";
	let attempts = 0;

	function keep(socket: Socket): void {
		sockets.add(socket);
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.on("close", () => sockets.delete(socket));
	}

	const server = createServer((near) => {
		attempts += 1;
		keep(near);
		if (state === "cut") {
			near.destroy();
			return;
		}
		// Nobody is there to answer.
		if (state === "held") return;
		const far = dial(to.port, to.host);
		keep(far);
		for (const [from, onto] of [
			[near, far],
			[far, near],
		] as const) {
			from.on("data", (bytes) => {
				if (state === "open") onto.write(bytes);
			});
			from.on("close", () => {
				if (state !== "held") onto.destroy();
			});
		}
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error();

	const endAll = () => {
		for (const socket of sockets) socket.destroy();
	};
	return {
		host: "127.0.0.1",
		port: address.port,
		get attempts() {
			return attempts;
		},
		cut() {
			state = "cut";
			endAll();
		},
		hold() {
			state = "held";
		},
		mend() {
			if (state === "held") endAll();
			state = "open";
		},
		async close() {
			endAll();
			server.close();
			await once(server, "close");
		},
	};
}
