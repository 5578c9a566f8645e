/** A story: a longer message with a title. On the wire it is a text that begins with `[STORY]`, then the title's line. */

const mark = "[STORY]";

export interface Story {
	readonly title: string;
	readonly body: string;
}

export function storyText({ title, body }: Story): string {
	return `${mark}${title.replace(/\s+/g, " ").trim()}\n${body}`;
}

/** Undefined for a message that is none, or that has no title or no body. */
export function storyOf(text: string): Story | undefined {
	if (text.slice(0, mark.length).toUpperCase() !== mark) return undefined;
	const [title = "", ...rest] = text.slice(mark.length).split("\n");
	const body = rest.join("\n").trim();
	if (title.trim() === "" || body === "") return undefined;
	return { title: title.trim(), body };
}
