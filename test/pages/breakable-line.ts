/** A TCP line to a server that a test can cut: what was connected is connected no more, and nothing new connects. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface BreakableLine {
	readonly port: number;
	cut(): void;
	mend(): void;
	close(): Promise<void>;
}

export async function breakableLine(port: number): Promise<BreakableLine> {
	const sockets = new Set<Socket>();
	let isCut = false;
	const server = createServer((near) => {
		if (isCut) {
			near.destroy();
			return;
		}
		const far = connect({ host: "127.0.0.1", port });
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(one);
			one.on("error", () => {});
			one.on("close", () => {
				sockets.delete(one);
				other.destroy();
			});
			one.pipe(other);
		}
	});
	const destroyAll = () => {
		for (const socket of sockets) socket.destroy();
	};
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		port: (server.address() as AddressInfo).port,
		cut() {
			isCut = true;
			destroyAll();
		},
		mend() {
			isCut = false;
		},
		async close() {
			const closed = once(server, "close");
			server.close();
			destroyAll();
			await closed;
		},
	};
}
