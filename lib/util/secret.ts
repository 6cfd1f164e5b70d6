// As documented beside `util.inspect.custom`; loading `node:util` for its name would cost each start of a function 2 ms.
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A value that must not be seen. However it is printed (template, JSON, inspect, log) it reads `[redacted]`. */
export class Secret {
  readonly #value: string;

  /** Takes the clear text. */
  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the clear text: call it only where the value goes on the wire or into a comparison. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [INSPECT](): string {
    return '[redacted]';
  }
}
