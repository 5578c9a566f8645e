/**
 * What the chat service is measured beside: an application of drachtio-srf alone, which takes every INVITE, and an INFO whose body
 * begins with two numbers, F and N, it sends on to N dialogs from the F-th on. A process of its own.
 */
import Srf from "drachtio-srf";

interface Request {
	readonly body: string;
	readonly uri: string;
}
interface Reply {
	send(status: number, options?: object): void;
}
interface Dialog {
	on(event: "info", listener: (request: Request, reply: Reply) => void): void;
	request(options: object, callback: (error: unknown) => void): void;
}
interface Server {
	invite(handler: (request: Request, reply: Reply) => void): void;
	createUAS(request: Request, reply: Reply, options: object): Promise<Dialog>;
	connect(admin: object): void;
	on(event: "connect" | "error", listener: (error?: Error) => void): void;
}

const localSdp =
	"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=session\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=message 5060 sip bare\r\n";
const srf = new Srf() as unknown as Server;
const dialogs: Dialog[] = [];

function echo(request: Request, reply: Reply): void {
	reply.send(200);
	const { body } = request;
	const [first = 0, people = 0] = body.split(" ", 2).map(Number);
	for (let i = first; i < first + people; i += 1) {
		dialogs[i % dialogs.length]?.request(
			{ method: "INFO", headers: { "Content-Type": "text/plain" }, body },
			() => {},
		);
	}
}

srf.invite((request, reply) => {
	if (!request.uri.startsWith("sip:bare@")) {
		reply.send(404);
		return;
	}
	srf
		.createUAS(request, reply, { localSdp })
		.then((dialog) => {
			dialogs.push(dialog);
			dialog.on("info", echo);
		})
		.catch((error: unknown) => console.error(error));
});
srf.on("error", () => {});
srf.on("connect", (error) => {
	if (error) throw error;
	process.send?.("ready");
});
process.on("message", () => process.exit());
process.once("disconnect", () => process.exit(1));
srf.connect(JSON.parse(process.argv[2] ?? ""));
