/**
 * Whether the value of a secret's name is a secret, or only looks like the place where one goes: a reference (`$TOKEN`,
 * `${{ secrets.X }}`), a placeholder (`<token>`, `***`), a type, a path, code, a number.
 */

import { KeyKind, type KeyKindValue } from './key-names.ts';

/**
 * How the value stands behind its key. ATTRIBUTE: the whole value of a key in the data; QUOTED; TIGHT: `key=value`; FLAG:
 * `--key value`; LOOSE: `key: value`, `key = value` without quotes; LINE: the same with the line all to itself; PAIR:
 * near the key only (next column, prose).
 */
export const Style = { ATTRIBUTE: 0, QUOTED: 1, TIGHT: 2, FLAG: 3, LOOSE: 4, LINE: 5, PAIR: 6 } as const;
export type StyleValue = (typeof Style)[keyof typeof Style];

const REFERENCE =
  /^(?:\$[A-Za-z_][A-Za-z0-9_]*$|\$\d$|\$[{([]|\{\{|\{[\w .:-]*\}?$|<|%[A-Za-z_]+%|%[\w(.#+-]{0,20}[a-z]$|@[A-Za-z_]+@$|\[[^\]]*\]?$|`|#\{|ENC\[|!(?:vault|Ref|Sub|GetAtt)|vault:|op:\/\/|arn:aws|file:|env:|secretref:|projects\/)/;
const MASKED = /REDACTED|\*{3}|x{4}|X{4}|\.{3}|…|•|\xe2\x80\xa6|\xe2\x80\xa2|abcdefghijklmno/i;
const ONE_CHARACTER = /^(.)\1*$/;
const NUMBER = /^[-+]?(?:\d[\d.,_]*(?:e[+-]?\d+)?|0x[0-9a-f]{1,8})(?:[a-z%]{1,2}|min|sec|days?|hours?)?$/i;
const DATE_OR_VERSION =
  /^(?:\d{4}-\d{2}-\d{2}(?:[T ].*)?|v?\d+(?:\.\d+){1,3}(?:-[a-z]+(?:\.\d+)?)?|\d+:\d+(?::\d+)?)$/i;
const URL_OR_EMAIL = /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w.+-]+@[\w-]+\.[\w.]+$|\/\/)/i;
const PATH = /^(?:~|\.{1,2}|[A-Za-z]:)?(?:[\\/]+[A-Za-z0-9_.@ {}$-]+)+[\\/]?$/;
const FILE =
  /^[\w./-]+\.(?:[cm]?[jt]sx?|py|pem|key|crt|cer|p12|pfx|jks|json5?|ya?ml|txt|md|env|conf|pub|go|rs|java|kt|rb|php|html?|css|sh|sql|log|xml|toml|ini|cfg|properties|lock|internal|local)$/i;
const ALGORITHM =
  /^(?:sha-?\d+|md5|[rehp]s\d{3}|aes[-_]?\d*[-_\w]*|utf-?8|oauth_?[12]?|base64(?:url)?|hex|x509|ed25519|rsa[-_\d]*|argon2\w*|bcrypt|scrypt|pbkdf2\w*|saml2?|hmac[-_\w]*|hs256|pkcs[-_]?\d+|mt\d+|latin-?1|iso-8859-\d+|ascii|utf-?16(?:le|be)?|http\/[\d.]+|ecdsa[-_\w]*|p-?256)$/i;
const CODE = /[(){}[\]]|::|->|=>|\?\.|&&|\|\||\/\*|^!+[A-Za-z_]|^(?:new|await|async|typeof|return|import)$/;
const DOTTED_NAMES = /^(?:[A-Za-z_$]+\d{0,2}|[A-Z][A-Z0-9_]*)(?:\.(?:[A-Za-z_$]+\d{0,2}|[A-Z][A-Z0-9_]*))+$/;
const WORDS = /^[A-Za-z]+(?:[-_. ][A-Za-z]+)*$/;
const CONSTANT = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const SNAKE = /^[a-z]+(?:[-_][a-z]+)+[-_]?\d{0,3}$/;
const CAMEL = /^(?:[A-Z]?[a-z]+\d{0,2})(?:[A-Z][a-z]+\d{0,2})+$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const INTERPOLATED = /\$\{|\{\{|#\{|%\(|\$\(|\(\?|\[\^|\\[sdwb]|%s/;
const COLOUR = /^#[0-9a-f]{3,8}$/i;
const CLASS_NAME = /^[a-z_][a-z0-9_]*\.[A-Z][A-Za-z]*\d{0,6}[A-Za-z]*$/;
const OPTION = /^--?[a-z][a-z-]*$/;
const NOUN = /passw|secret|token|api.?key|credential|private.?key|access.?key|auth|cookie/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Keys of objects and caches: a path to a file, words before a hash. */
const OBJECT_PATH = /^[\w.@=-]+(?:\/[\w.@=-]+)+\.[a-z0-9]{1,5}$/i;
const HASH_NAME = /^[a-z][a-z0-9._]*(?:-[a-z0-9._]+)*-[0-9a-f]{32,64}$/i;
/** A private key as a number of 256 bits. */
const PRIVATE_NUMBER = /^0x[0-9a-f]{64}$/i;
const TEMPLATE_WORDS =
  /^(?:(?:your|my|the|some|insert|enter|replace|put|add|an?|this|change|example|sample|dummy|fake|test|use)[-_ ][a-z _-]*|(?:your|my|some|test|example|dummy|fake)(?:secret|token|api|access|private)?(?:key|token|secret|password|passwd|pass|pwd))$/i;
const VARIABLE =
  /^(?:new|old|current|confirm|my|user|db|the)?_?(?:password|passwd|pass|pwd|token|secret|key)_?\d{0,2}$/i;
const VERSIONED = /^[@a-z][\w./-]*[-@:]v?\d+(?:\.\d+)+[\w.-]*$/i;
const TELLS = /[-_ ](?:here|goes|value|placeholder|example)$/i;

const PLACEHOLDERS = new Set(
  `password passwd pass pwd passphrase secret secrets token tokens apikey key keys test testing example examples changeme
  changeit placeholder dummy sample string str text number integer int float boolean bool bytes object array any unknown
  null none nil undefined void nan true false yes no on off required optional redacted hidden masked omitted removed
  secretkey accesskey accesstoken foo bar baz foobar todo tbd na default username user bearer basic digest apitoken
  authtoken credentials authorization header headers cookie cookies session function async await return self this value
  empty missing invalid valid expired inherit always never auto read write admin public private internal env file vault
  buffer symbol type uuid varchar date never char secure protected readonly static const let var new delete is not was
  has the and or of in for with to from that which must should will can may are be your my name names option options flag flags argument arguments parameter parameters`.split(
    /\s+/,
  ),
);

/** `value` holds one character per byte. */
export function isSecretValue(value: string, kind: KeyKindValue, style: StyleValue): boolean {
  const mustLookRandom = kind === KeyKind.WEAK || kind === KeyKind.INHERITED || style === Style.PAIR;
  if (mustLookRandom && !/\d/.test(value)) return false;
  if (isNoSecret(value, kind, style)) return false;
  if (style === Style.PAIR && kind >= KeyKind.STRONG && (UUID.test(value) || PRIVATE_NUMBER.test(value))) return true;
  if (style === Style.PAIR && kind === KeyKind.PASSWORD) return isMixedWord(value);
  if (kind === KeyKind.WEAK && (OBJECT_PATH.test(value) || HASH_NAME.test(value))) return false;
  if (mustLookRandom) return looksRandom(value, style === Style.PAIR ? 10 : 12);
  if (WORDS.test(value)) return isSecretWord(value, kind, style);
  if (value.includes(' ') && style !== Style.ATTRIBUTE) return isPassphrase(value, kind, style);
  if (ALGORITHM.test(value)) return false;
  if (isCamelCase(value) && (kind !== KeyKind.PASSWORD || style >= Style.LOOSE)) return style === Style.ATTRIBUTE;
  if ((CONSTANT.test(value) && !looksRandom(value, 12)) || SNAKE.test(value))
    return kind === KeyKind.PASSWORD && !NOUN.test(value);
  const isUnquoted = style === Style.LOOSE || style === Style.LINE;
  return value.length >= (isUnquoted ? 6 : kind === KeyKind.PASSWORD ? 4 : 6);
}

function isNoSecret(value: string, kind: KeyKindValue, style: StyleValue): boolean {
  if (value.length < 3 || ONE_CHARACTER.test(value) || MASKED.test(value)) return true;
  if (REFERENCE.test(value) || value.startsWith('{'))
    return !/^[{[][^\s()]+[}\]]$/.test(value) || !looksRandom(value.slice(1, -1), 10);
  if (PLACEHOLDERS.has(value.toLowerCase().replace(/[^a-z]/g, '')) && !/\d/.test(value)) return true;
  if (TEMPLATE_WORDS.test(value) || TELLS.test(value)) return true;
  if (NUMBER.test(value)) return kind !== KeyKind.PASSWORD || style >= Style.LOOSE || !/^\d{6,}$/.test(value);
  if (DATE_OR_VERSION.test(value) || VERSIONED.test(value) || URL_OR_EMAIL.test(value) || FILE.test(value)) return true;
  if (style >= Style.LOOSE && VARIABLE.test(value)) return true;
  if (style !== Style.ATTRIBUTE && [INTERPOLATED, OPTION, COLOUR].some((form) => form.test(value))) return true;
  if (style !== Style.ATTRIBUTE && CLASS_NAME.test(value) && !looksScrambled(value.slice(value.indexOf('.') + 1)))
    return true;
  if (style === Style.LOOSE && IDENTIFIER.test(value) && NOUN.test(value) && countDigits(value) <= 3) return true;
  if (PATH.test(value) && !isDense(value)) return true;
  return style >= Style.TIGHT && isCode(value, style);
}

function isCode(value: string, style: StyleValue): boolean {
  if (DOTTED_NAMES.test(value) && !value.split('.').some((part) => part.length >= 20 && looksScrambled(part)))
    return true;
  if (style === Style.TIGHT || style === Style.FLAG)
    return /^[A-Za-z_$][\w$.]*[([]/.test(value) || /^[a-z_]{1,12}=[^=]/.test(value);
  return CODE.test(value);
}

/** A value of letters only, in one or several words. */
function isSecretWord(value: string, kind: KeyKindValue, style: StyleValue): boolean {
  if (style === Style.ATTRIBUTE && kind === KeyKind.PASSWORD) return !CONSTANT.test(value);
  if (style === Style.ATTRIBUTE) return ![NOUN, CAMEL, CONSTANT, SNAKE].some((form) => form.test(value));
  if (value.length >= 20 && looksScrambled(value)) return true;
  const isOneWord = /^[A-Za-z]+$/.test(value);
  if (value.includes(' ') || isCamelCase(value) || CONSTANT.test(value)) return false;
  if (!isOneWord) return kind === KeyKind.PASSWORD && style <= Style.FLAG && !NOUN.test(value) && !value.includes('.');
  const isPassword = kind === KeyKind.PASSWORD;
  if (style === Style.LOOSE) return value.length >= 16;
  if (style === Style.LINE) return /^[a-z]+$/.test(value) && value.length >= (isPassword ? 6 : 16);
  return value.length >= (isPassword ? 5 : style === Style.QUOTED ? 16 : 10);
}

/** Several words in quotes: a passphrase has a digit and few words, a sentence is prose. */
function isPassphrase(value: string, kind: KeyKindValue, style: StyleValue): boolean {
  if (style !== Style.QUOTED) return false;
  const words = value.split(/ +/);
  if (words.some((word) => looksRandom(word, 16))) return true;
  return kind === KeyKind.PASSWORD && words.length <= 3 && /\d/.test(value) && !/[.:,]/.test(value);
}

/** Random characters: letters and digits in one long run, not words with a number between dashes. */
export function looksRandom(value: string, lengthMin: number): boolean {
  if (value.length < lengthMin || UUID.test(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  if (/[\s(){}<>]/.test(value) || FILE.test(value) || URL_OR_EMAIL.test(value) || NUMBER.test(value)) return false;
  if (/^0x[0-9a-f]+$/i.test(value) || MASKED.test(value) || ALGORITHM.test(value)) return false;
  if (entropy(value) < 2.6) return false;
  const runs = value.split(/[^A-Za-z0-9]+/);
  return (
    runs.some((run) => run.length >= Math.min(lengthMin, 12) && isDense(run)) ||
    (entropy(value) >= 4 && countDigits(value) >= 3 && isDense(value) && !value.includes('.'))
  );
}

/** Words in camel case have three letters and more; random characters change their case with every second one. */
function isCamelCase(value: string): boolean {
  if (!CAMEL.test(value)) return false;
  const letters = value.length - countDigits(value);
  return letters >= 3 * ((value.match(/[A-Z]/g)?.length ?? 0) + 1);
}

/** Digits stand among the letters rather than behind a word, or the case changes again and again. */
function isDense(value: string): boolean {
  const digits = value.match(/[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])/g)?.length ?? 0;
  if (digits >= 3 || digits * 5 >= value.length) return true;
  return digits > 0 && (value.match(/[a-z](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g)?.length ?? 0) * 4 >= value.length;
}

/** What a person calls a password: letters with a digit in one word. */
function isMixedWord(value: string): boolean {
  if (value.length < 6 || !/^[\x21-\x7e]+$/.test(value) || !/\d/.test(value) || !/[A-Za-z]{2}/.test(value))
    return false;
  return !ALGORITHM.test(value) && !UUID.test(value) && !CONSTANT.test(value);
}

/** Letters only, yet no word: the case changes in the middle again and again. */
function looksScrambled(value: string): boolean {
  const switches = value.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  return entropy(value) >= 3.5 && (switches * 3 >= value.length || !/[aeiou]/i.test(value));
}

function countDigits(value: string): number {
  return value.length - value.replace(/[0-9]/g, '').length;
}

/** Shannon entropy in bits per character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
