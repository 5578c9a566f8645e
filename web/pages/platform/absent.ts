/** What a browser has not got: sockets other than WebSocket, names of hosts. Nothing in the page comes here. */

function absent(): never {
	throw new Error("a browser reaches SIP by WebSocket only");
}

/** Of `node:net`: a page never listens, and its session descriptions name no address. */
export const isIP = (): number => 0;
export const isIPv6 = (): boolean => false;

/** Of `node:os`. */
export const networkInterfaces = absent;

export const connectTcp = absent;
export const connectTls = absent;
export const listenTcp = absent;
export const listenUdp = absent;
export const createSocket = absent;
export const lookup = absent;
export const once = absent;
