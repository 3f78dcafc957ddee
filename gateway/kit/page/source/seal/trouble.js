// What can be wrong, as a code that has a sentence in both languages; `about` fills the sentence's places.

export class Trouble extends Error {
  constructor(code, about = {}) {
    super(code);
    this.code = code;
    this.about = about;
  }
}
