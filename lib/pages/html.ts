/** HTML that cannot be written unescaped: whatever a template is given is text, unless another template made it. */

export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** For the tag below alone. */
  static of({ raw }: TemplateStringsArray, values: readonly Content[]): Html {
    return new Html(String.raw({ raw }, ...values.map(textOf)));
  }
}

/** `undefined` and `false` are nothing, so that a part may be left out in place. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/**
 * Attributes have to be quoted with `"`, and neither a script nor a style may be put together by it: their rules of escaping are others.
 *
 * @example html`<p title="${title}">${text}</p>`
 */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  return Html.of(template, values);
}

function textOf(content: Content): string {
  if (content instanceof Html) return content.toString();
  if (typeof content === 'string') return content.replace(/[&<>"']/g, (each) => ENTITIES[each] as string);
  if (typeof content === 'object') return content.map(textOf).join('');
  return content === undefined || content === false ? '' : String(content);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
