type Child = Node | string;

/** Creates an element with attributes and children. The start page does without React, which is most of 60 kB. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children);
  return created;
}

/** Creates a line for what went wrong, which is read aloud when it gets a text. */
export function errorLine(id: string): HTMLElement {
  return element('p', { id, role: 'alert' });
}
