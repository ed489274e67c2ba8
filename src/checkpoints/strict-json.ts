/** Where a JSON text breaks a rule. `position` counts characters from 0. */
export class JsonFault extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

const DEPTH_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads JSON (RFC 8259) by expectation: the caller asks for the value that its format has at this place. So nothing is
 * built that was not asked for, whatever is nested in a text of 100 MB, and the caller sees a key that comes twice.
 * Every method throws JsonFault where the text has something else.
 */
export class StrictJson {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  fail(message: string): never {
    throw new JsonFault(message, this.#at);
  }

  /** An object; `visit` reads the value of each key. */
  members(visit: (key: string) => void): void {
    this.#expect('{', 'an object');
    if (this.#take('}')) return;
    do {
      const key = this.string('a key');
      this.#expect(':', '":"');
      visit(key);
    } while (this.#take(','));
    this.#expect('}', '"," or "}"');
  }

  /** An array; `visit` reads each value. */
  elements(visit: () => void, what = 'an array'): void {
    this.#expect('[', what);
    if (this.#take(']')) return;
    do visit();
    while (this.#take(','));
    this.#expect(']', '"," or "]"');
  }

  /** A string without lone surrogates. */
  string(what = 'a string'): string {
    this.#space();
    const begin = this.#at;
    if (!this.#skipString()) this.fail(`expected ${what}`);
    const raw = this.#text.slice(begin + 1, this.#at - 1);
    if (!raw.includes('\\')) return raw;
    const value = JSON.parse(`"${raw}"`) as string;
    if (/\p{Surrogate}/u.test(value)) throw new JsonFault('a string escapes half of a surrogate pair', begin);
    return value;
  }

  /** An integer from 0 to 2^53 − 1, written without fraction and exponent; `what` it is part of, for the message. */
  count(what: string): number {
    this.#space();
    const begin = this.#at;
    if (this.#text[begin] === '-') this.fail(`${what} has a negative number`);
    this.#digits(`an integer in ${what}`);
    if (/[.eE]/.test(this.#text[this.#at] ?? '')) {
      throw new JsonFault(`${what} has a number with a fraction or an exponent`, begin);
    }
    this.#refuseLeadingZero(begin);
    const value = this.#at - begin > 16 ? Number.POSITIVE_INFINITY : Number(this.#text.slice(begin, this.#at));
    if (!Number.isSafeInteger(value)) throw new JsonFault(`${what} has a number above 2^53 - 1`, begin);
    return value;
  }

  /** Any value, which must be well-formed and at most 64 levels deep. */
  skip(): void {
    const closers: string[] = [];
    do {
      this.#space();
      const open = this.#text[this.#at];
      if (open === '{' || open === '[') {
        if (closers.length === DEPTH_MAX) this.fail(`values are nested more than ${DEPTH_MAX} deep`);
        this.#at++;
        const closer = open === '{' ? '}' : ']';
        if (!this.#take(closer)) {
          closers.push(closer);
          if (closer === '}') this.#skipKey();
          continue;
        }
      } else {
        this.#skipScalar();
      }
      while (closers.length > 0) {
        const closer = closers[closers.length - 1]!;
        if (this.#take(',')) {
          if (closer === '}') this.#skipKey();
          break;
        }
        this.#expect(closer, `"," or "${closer}"`);
        closers.pop();
      }
    } while (closers.length > 0);
  }

  /** The end of the text, after white space. */
  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.fail('expected nothing more');
  }

  #skipKey(): void {
    this.#space();
    if (!this.#skipString()) this.fail('expected a key');
    this.#expect(':', '":"');
  }

  #skipScalar(): void {
    if (this.#skipString()) return;
    for (const word of ['true', 'false', 'null']) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return;
      }
    }
    if (this.#text[this.#at] === '-') this.#at++;
    const begin = this.#at;
    this.#digits('a value');
    this.#refuseLeadingZero(begin);
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('a digit');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digits('a digit');
    }
  }

  #digits(what: string): void {
    const begin = this.#at;
    for (let code = this.#code(); code >= 0x30 && code <= 0x39; code = this.#code()) this.#at++;
    if (this.#at === begin) this.fail(`expected ${what}`);
  }

  #refuseLeadingZero(begin: number): void {
    if (this.#at - begin > 1 && this.#text[begin] === '0') throw new JsonFault('a number has a leading zero', begin);
  }

  /** Passes a string if one begins here. */
  #skipString(): boolean {
    if (this.#code() !== QUOTE) return false;
    this.#at++;
    for (let code = this.#code(); code !== QUOTE; code = this.#code()) {
      if (Number.isNaN(code)) this.fail('a string does not end');
      if (code < 0x20) this.fail('a string has a control character');
      if (code === BACKSLASH) this.#skipEscape();
      else this.#at++;
    }
    this.#at++;
    return true;
  }

  #skipEscape(): void {
    const letter = this.#text[this.#at + 1] ?? '';
    const known =
      letter === 'u' ? /^[0-9a-f]{4}$/i.test(this.#text.slice(this.#at + 2, this.#at + 6)) : /["\\/bfnrt]/.test(letter);
    if (!known) this.fail('a string has an escape that JSON does not know');
    this.#at += letter === 'u' ? 6 : 2;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) this.fail(`expected ${what}`);
  }

  #space(): void {
    for (
      let code = this.#code();
      code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
      code = this.#code()
    ) {
      this.#at++;
    }
  }

  /** NaN at the end of the text. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}
