/** The chat service of the scripted peer: takes a client through sign-in and joins, in the words of the protocol's samples. */
import {
	ChatClient,
	type ChatOptions,
	type NodeAgentOptions,
	nodeAgent,
} from "../../client/index.ts";
import { type Peer, type PeerConnection, PeerDialog } from "./scripted-peer.ts";

export const room =
	"ma-chan://contoso.com/094f5a4a-c492-4f6b-91c2-385eba134fd3";

/** `rpl:join` of the specification: bob manages, alice is a member. */
export const joinData = `
      <chanib uri="ma-chan://contoso.com/094f5a4a-c492-4f6b-91c2-385eba134fd3" name="Operations" description="Shift notes" parent="ma-cat://contoso.com/396ac1bf-a36a-4633-a0c7-dbf74991ec7a" behavior="NORMAL" topic="" disabled="false" filerepository="https://chat.contoso.com/PersistentChat/MGCWebService.asmx">
        <audit createdby="sip:admin@contoso.com" createdon="2026-01-02T10:00:00.0000000Z" updatedby="sip:admin@contoso.com" updatedon="2026-01-02T10:00:00.0000000Z"/>
        <info id="urn:parlano:ma:info:ucnt">2</info>
        <info id="urn:parlano:ma:info:visibility">SCOPED</info>
        <info id="urn:parlano:ma:info:visibilty">SCOPED</info>
        <prop id="urn:parlano:ma:prop:logged">True</prop>
        <prop id="urn:parlano:ma:prop:invite">False</prop>
        <prop id="urn:parlano:ma:prop:filepost">True</prop>
        <aib key="12276" value="0"/>
        <aib key="3984" value="1"/>
      </chanib>
      <uib id="0" uri="sip:bob@contoso.com" uname="Bob" guid="11111111-2222-4333-8444-555555555501" type="5"/>
      <uib id="1" uri="sip:alice@contoso.com" uname="Alice" guid="11111111-2222-4333-8444-555555555502" type="5"/>
    `;

export function options(
	peer: Peer,
	chat: Partial<ChatOptions> = {},
	agent: Partial<NodeAgentOptions> = {},
): ChatOptions {
	return {
		open: nodeAgent({
			server: `sip:127.0.0.1:${peer.port};transport=tcp`,
			user: "sip:alice@contoso.com",
			password: "secret",
			...agent,
		}),
		provisioning: false,
		reconnect: { firstDelayMs: 10, maxDelayMs: 20 },
		...chat,
	};
}

/** Takes a client through sign-in, from REGISTER to the reply of getserverinfo. */
export async function acceptSignIn(
	peer: Peer,
	inviteLines: readonly string[] = [],
): Promise<PeerDialog> {
	const connection = await peer.connection();
	const register = await connection.receive("REGISTER");
	connection.answer(register, "200 OK", ["Expires: 3600"]);
	return acceptChat(connection, inviteLines);
}

export async function acceptChat(
	connection: PeerConnection,
	inviteLines: readonly string[] = [],
): Promise<PeerDialog> {
	const pool = await PeerDialog.accept(connection);
	await pool.serve(
		"cmd:requri",
		'<uib uri="sip:GC-1-PersistentChatService-1@contoso.com"/>',
	);
	connection.answer(await connection.receive("BYE"), "200 OK");
	const channel = await PeerDialog.accept(connection, inviteLines);
	await channel.serve(
		"cmd:getserverinfo",
		'<sib infoType="123" serverTime="2026-11-22T09:39:23.0000000Z" searchLimit="999" messageSizeLimit="512" storySizeLimit="4096" rootUri="ma-cat://contoso.com/5e1c2b9a-0000-4000-8000-000000000001" dbVersion="3ea3a5a8-ef36-46cf-898f-7a5133931d63" displayName="Contoso chat" roomManagementUrl="https://chat.contoso.com/PersistentChat/RM"/>',
	);
	return channel;
}

/** A client signed in, and the service's side of its dialog. */
export async function signedIn(
	peer: Peer,
	chatOptions: ChatOptions = options(peer),
): Promise<{ chat: ChatClient; service: PeerDialog }> {
	const connecting = ChatClient.connect(chatOptions);
	connecting.catch(() => undefined);
	const service = await acceptSignIn(peer);
	return { chat: await connecting, service };
}

/** The client joins `room`, in which message number `last` is the newest. */
export async function joins(
	chat: ChatClient,
	service: PeerDialog,
	last: number,
): Promise<void> {
	const joining = chat.join(room);
	joining.catch(() => undefined);
	await service.serve("cmd:join", joinData);
	await service.serve("cmd:bccontext", history(message(last, "before")));
	await joining;
}

/** Signs the client out: the peer answers BYE and un-REGISTER. */
export async function signOut(
	chat: ChatClient,
	{ connection }: PeerDialog,
): Promise<void> {
	const closing = chat.close();
	connection.answer(await connection.receive("BYE"), "200 OK");
	connection.answer(await connection.receive("REGISTER"), "200 OK");
	await closing;
}

/** `<msg>` of a history. */
export function message(chatId: number, text: string, author = "bob"): string {
	return `<msg id="grpchat" seqid="1" chanUri="${room}" author="sip:${author}@contoso.com" authdisp="${author}" alert="false" chatId="${chatId}" ts="2026-11-22T08:00:00.1230000Z"><chat>${text}</chat></msg>`;
}

export function history(...messages: readonly string[]): string {
	return `<chanib uri="${room}">${messages.join("")}</chanib>`;
}

/** `<grpchat>` as the service relays it. */
export function relayed(chatId: number, text: string, author = "bob"): string {
	return `<grpchat id="grpchat" seqid="1" chanUri="${room}" author="sip:${author}@contoso.com" authdisp="${author}" alert="false" chatId="${chatId}" ts="2026-11-22T09:00:00.2500000Z"><chat>${text}</chat></grpchat>`;
}
