// Numbers as people write them: convviz/inputs/numbers.py, rule for rule. A part of player.js.
// A number is a float, or a fraction of whole numbers of any size: [above, below], whole if `below` is 1.
const OTHER_SIGNS = { "-": "−‐‑‒–﹣ー", ".": "。٫", ",": "、", "'": "’٬", "\x20": "\u3000" };
const PLAIN = Object.fromEntries(Object.entries(OTHER_SIGNS).flatMap(([sign, others]) => [...others].map((other) => [other, sign])));
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const BLANKS = "[\\x20\\u00a0\\u2007\\u2009\\u202f]", INVISIBLE = "\\u200b-\\u200f\\u2060\\ufeff";
const UNNEEDED = new RegExp(`(?<![\\d.${INVISIBLE}])[${INVISIBLE}]+|[${INVISIBLE}]+(?![\\d.${INVISIBLE}])`, "g");
const ENDS = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "g");
// Digits of every script stand in runs of ten.
const digitOf = (letter) => {
  let first = letter.codePointAt();
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (letter.codePointAt() - first) % 10;
};
const asPlain = (text) => {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const signs = [...text].map((letter) => {
    const code = letter.codePointAt();
    return PLAIN[letter] ?? (code > 0xff00 && code < 0xff5f ? String.fromCharCode(code - 0xfee0) : letter);
  });
  return signs.map((letter) => (/^\p{Nd}$/u.test(letter) ? digitOf(letter) : letter)).join("").replace(UNNEEDED, "");
};
const stripped = (text) => text.replace(ENDS, "");
// Numbers with a decimal mark; the other one, an apostrophe or a blank may stand between thousands.
const grammar = (point) => {
  const group = point == "." ? "," : "\\.", decimals = point == "." ? "\\.\\d*" : ",\\d+";
  const thousands = [group, "'", BLANKS].map((mark) => `(?:${mark}\\d{3})+`).join("|");
  return new RegExp(`^[+-]?(?:(?:\\d+|[1-9]\\d{0,2}(?:${thousands}))(?:${decimals})?|\\${point}\\d+)(?:[eE][+-]?\\d+)?$`);
};
const GRAMMARS = { ".": grammar("."), ",": grammar(",") };
// Python reads whole numbers of no more digits.
const DIGITS = 4300;
const NONE = {};
const wholeOf = (digits) => {
  if (digits.replace(/^[+-]/, "").length > DIGITS) throw NONE;
  return BigInt(digits.replace(/^\+/, ""));
};
const floatOf = (digits) => {
  const value = Number(digits);
  if (!isFinite(value) || !value && /[1-9]/.test(digits.split(/[eE]/)[0])) throw NONE;
  return value;
};
const valueOf = (word, point) => {
  if (GRAMMARS[point].test(word)) {
    const digits = word.replace(new RegExp(`['${point == "." ? "," : "."}]|${BLANKS}`, "g"), "").replace(",", ".");
    return /^[+-]?\d+$/.test(digits) ? [wholeOf(digits), 1n] : floatOf(digits);
  }
  const unsigned = word.toLowerCase().replace(/^[+-]+/, "");
  if (word.length - unsigned.length <= 1) {
    if (unsigned == "nan") return NaN;
    if (["inf", "infinity", "∞"].includes(unsigned)) return word[0] == "-" ? -Infinity : Infinity;
  }
  const fraction = /^([+-]?\d+)\/(?!1$)(\d+)$/.exec(word);
  if (!fraction) return null;
  const [above, below] = fraction.slice(1).map(wholeOf);
  if (!below) throw NONE;
  return above % below ? [above, below] : [above / below, 1n];
};
// A float as a fraction, which holds it exactly.
const exactly = (value) => {
  if (typeof value != "number") return value;
  let below = 1n, above = value;
  while (!Number.isInteger(above)) {
    above *= 2;
    below *= 2n;
  }
  return [BigInt(above), below];
};
const quotient = ([above, below]) => {
  const whole = above / below;
  return Number(whole) + Number(((above - whole * below) << 64n) / below) / 2 ** 64;
};
const finite = (value) => typeof value != "number" || isFinite(value);
const difference = (one, other) => {
  const [[a, b], [c, d]] = [exactly(one), exactly(other)];
  return quotient([a * d < c * b ? c * b - a * d : a * d - c * b, b * d]);
};
const equals = (one, other) => {
  if (!finite(one) || !finite(other)) return Object.is(one, other);
  const [[a, b], [c, d]] = [exactly(one), exactly(other)];
  return a * d == c * b;
};
// A text as { value }, { ambiguous: true } if it could be two numbers, or {} if it is none.
const readNumber = (text) => {
  const clean = stripped(asPlain(text)).replace(/\/1$/, "");
  try {
    const [point, comma] = [valueOf(clean, "."), valueOf(clean, ",")];
    if (point == null && comma == null) return {};
    if (clean.includes(",") && point != null && comma != null && !equals(point, comma)) return { ambiguous: true };
    return { value: point ?? comma };
  } catch (problem) {
    if (problem != NONE) throw problem;
    return {};
  }
};
// Whether a number counts as another: convviz/check/equality.py, with what it accepts.
const countsAs = (answered, wanted, { tolerance, unit, rounding }) => {
  if (equals(answered, wanted)) return true;
  if (!finite(answered) || !finite(wanted)) return false;
  const right = difference(wanted, 0), slack = Math.max(unit * right + rounding, tolerance && tolerance * Math.max(1, right));
  return slack > 0 && difference(answered, wanted) <= slack;
};
