/** Fields of forms: what each is called, what it is for and what is wrong with it, tied together also for who does not see them. */
import { type Attributes, fill, h } from "../dom.ts";

export interface Field<Value> {
	readonly element: HTMLElement;
	read(): Value;
	show(value: Value): void;
	/** What is wrong with it; nothing: it is well. */
	complain(text?: string): void;
	focus(): void;
}

export interface Choice<Value extends string> {
	readonly value: Value;
	readonly name: string;
	readonly hint?: string;
}

let made = 0;

/** Unlike every other of this page. */
export function freshId(): string {
	made += 1;
	return `field-${made}`;
}

/** `lines`: how many are seen; more than one is a field of several. */
export function textField(
	label: string,
	{
		hint,
		lines = 1,
		...attributes
	}: { readonly hint?: string; readonly lines?: number } & Attributes = {},
): Field<string> {
	const about = { autocomplete: "off", ...attributes };
	const input =
		lines > 1
			? h("textarea", { rows: lines, ...about })
			: h("input", { type: "text", ...about });
	return {
		...labelled(label, hint, input),
		read: () => input.value.trim(),
		show: (value) => {
			input.value = value;
		},
		focus: () => input.focus(),
	};
}

export function checkField(
	label: string,
	{ hint, ...attributes }: { readonly hint?: string } & Attributes = {},
): Field<boolean> {
	const id = freshId();
	const input = h("input", { type: "checkbox", id, ...attributes });
	const notes = notesOf(input, hint);
	return {
		element: h(
			"div",
			{ class: "field" },
			h("div", { class: "check" }, input, h("label", { for: id }, label)),
			...notes.elements,
		),
		complain: notes.complain,
		read: () => input.checked,
		show: (value) => {
			input.checked = value;
		},
		focus: () => input.focus(),
	};
}

/** One of several, of which there may be other ones each time. */
export function selectField(
	label: string,
	{ hint, ...attributes }: { readonly hint?: string } & Attributes = {},
): Field<string> & { offer(choices: readonly Choice<string>[]): void } {
	const input = h("select", attributes);
	return {
		...labelled(label, hint, input),
		offer(choices) {
			const { value } = input;
			fill(
				input,
				...choices.map((each) => h("option", { value: each.value }, each.name)),
			);
			if (choices.some((each) => each.value === value)) input.value = value;
		},
		read: () => input.value,
		show: (value) => {
			input.value = value;
		},
		focus: () => input.focus(),
	};
}

/** One of a few, each with what it means. */
export function choiceField<Value extends string>(
	legend: string,
	choices: readonly Choice<Value>[],
	onchange: (value: Value) => void = () => undefined,
): Field<Value> {
	const name = freshId();
	const inputs = choices.map(({ value }) =>
		h("input", {
			type: "radio",
			name,
			id: freshId(),
			value,
			onchange: () => onchange(value),
		}),
	);
	const chosen = () => inputs.findIndex(({ checked }) => checked);
	const complaint = h("p", { class: "complaint" });
	const element = h(
		"fieldset",
		{ class: "field" },
		h("legend", {}, legend),
		...inputs.map((input, index) =>
			h(
				"label",
				{ class: "check", for: input.id },
				input,
				h(
					"span",
					{},
					choices[index]?.name,
					choices[index]?.hint !== undefined &&
						h("span", { class: "hint" }, ` ${choices[index]?.hint}`),
				),
			),
		),
		complaint,
	);
	return {
		element,
		complain: (text = "") => fill(complaint, text),
		read: () => (choices[chosen()] ?? choices[0])?.value as Value,
		show(value) {
			for (const input of inputs) input.checked = input.value === value;
		},
		focus: () => (inputs[chosen()] ?? inputs[0])?.focus(),
	};
}

function labelled(
	label: string,
	hint: string | undefined,
	input: HTMLElement,
): Pick<Field<never>, "element" | "complain"> {
	input.id = freshId();
	const notes = notesOf(input, hint);
	const element = h(
		"div",
		{ class: "field" },
		h("label", { for: input.id }, label),
		input,
		...notes.elements,
	);
	return { element, complain: notes.complain };
}

function notesOf(input: HTMLElement, hint: string | undefined) {
	const complaint = h("p", { id: freshId(), class: "complaint" });
	const note = h("p", { id: freshId(), class: "hint" }, hint);
	input.setAttribute(
		"aria-describedby",
		hint === undefined ? complaint.id : `${note.id} ${complaint.id}`,
	);
	return {
		elements: [hint !== undefined && note, complaint],
		complain(text = "") {
			fill(complaint, text);
			if (text === "") input.removeAttribute("aria-invalid");
			else input.setAttribute("aria-invalid", "true");
		},
	};
}
