/**
 * An XCCOS chat client for Node. (Browsers load `browser.ts`, which is the same without `nodeAgent`.)
 *
 *     const chat = await ChatClient.connect({
 *       open: nodeAgent({ server: "sip:127.0.0.1:5060;transport=tcp", user: "sip:alice@example.com", password: "alice-pw" }),
 *     });
 *     chat.on("message", ({ author, text }) => console.log(author.name, text));
 *     const lobby = await chat.roomNamed("Lobby");
 *     if (lobby) {
 *       await chat.join(lobby.uri);
 *       await chat.post(lobby.uri, "hello");
 *     }
 *     await chat.close();
 */
export * from "./browser.ts";
export { type NodeAgentOptions, nodeAgent } from "./node-agent.ts";
