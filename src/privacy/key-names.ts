/**
 * Whether a name of a variable, header, flag, field or attribute says that its value is a secret. Names are split into
 * words (`AWS_SECRET_ACCESS_KEY`, `clientSecret`, `X-Api-Key`), since the last word decides: `token` is one,
 * `token_count`, `tokenizer` and `token_type` are none.
 */

/**
 * WEAK: names that often hold something else; their value must look random. STRONG: any value that is no placeholder.
 * PASSWORD: also words and digits. AUTHORIZATION, COOKIE: a header with a form of its own. INHERITED: said by a
 * key further out (`credentials: {work: {x: …}}`); judged like WEAK. MANIFEST: said by what keeps nothing but secrets, for
 * all below; judged like STRONG.
 */
export const KeyKind = {
  NONE: 0,
  WEAK: 1,
  STRONG: 2,
  PASSWORD: 3,
  AUTHORIZATION: 4,
  COOKIE: 5,
  INHERITED: 6,
  MANIFEST: 7,
} as const;
export type KeyKindValue = (typeof KeyKind)[keyof typeof KeyKind];

/** Literals for the prefilter: every secret's name holds one of these. */
export const KEY_WORDS = [
  'key',
  'token',
  'secret',
  'passw',
  'passphrase',
  'passcode',
  'passwd',
  'pass',
  'pwd',
  'credential',
  'creds',
  'auth',
  'cookie',
  'bearer',
  'jwt',
  'salt',
  'license',
  'mnemonic',
  'psw',
  'pw',
  'kennwort',
  'contrasena',
  'senha',
] as const;

const PASSWORDS =
  'password passwd pwd pass passphrase passcode passwort kennwort contrasena senha userpass psw pswd pw'.split(' ');
const SECRETS = ['secret', 'token', 'apikey', 'credential', 'credentials', 'creds', 'cred', 'bearer'];
const HEADERS = new Set(['authorization', 'proxyauthorization']);
const COOKIES = new Set(['cookie', 'cookies', 'setcookie']);
const WEAK = new Set([
  'secrets',
  'auth',
  'authn',
  'key',
  'keys',
  'tokens',
  'jwt',
  'salt',
  'license',
  'passwords',
  'mnemonic',
]);
/** One word whatever the case of its letters: `ToKeN`, `PASSword`, `aPiKeY`. */
const ONE_WORD = new Set(
  'token tokens secret secrets apikey credential credentials bearer password passwords passwd passphrase authorization cookie cookies'.split(
    ' ',
  ),
);
const CONCATENATED = ['password', 'passwd', 'passphrase', 'secret', 'token', 'apikey', 'credentials'];
const CONCATENATED_PASSWORDS = ['password', 'passwd', 'passphrase', 'pwd', 'storepass', 'keypass'];

/** `…_key` is a secret after one of these, and a plain name after one of those below. */
const KEY_OWNERS = new Set(
  'api access secret private priv auth encryption encrypt enc decryption signing sign master service account acct app application admin client consumer customer deploy storage shared webhook hmac jwt aes des rsa ssh gpg pgp dsa ecdsa tls ssl server session subscription license licence rest sdk write read maps push vapid wallet validator node account bot user team org vault unseal root recovery backup signature security merchant gateway anon role stripe aws azure gcp google openai anthropic fernet moda github gitlab slack sendgrid twilio datadog dd newrelic sentry algolia mapbox mailgun mailchimp heroku cloudflare cf fastly'.split(
    ' ',
  ),
);
const KEY_NON_OWNERS = new Set(
  'recv send public pub primary foreign partition sort range cache idempotency idempotent object bucket schema sequence natural hot row column col index idx map dict json arrow function enter shift ctrl alt escape esc tab return home routing route lookup group join unique composite translation message locale i18n registry issuer subject parent child sibling hash set record item entry field property attribute option data dedupe dedup lock mutex trace metric label tag config configuration setting settings event query param sorting order s3 redis storageobject react vue list prop any each first last next prev previous current left right up down page delete insert space meta hotkey turkey monkey donkey jockey hockey whiskey'.split(
    ' ',
  ),
);
const KEY_CONCATENATED = new Set(
  'apikey accesskey secretkey privatekey authkey enckey encryptionkey signingkey masterkey sshkey licensekey accountkey sharedaccesskey sharedkey storagekey appkey servicekey clientkey deploykey adminkey sessionkey webhookkey hmackey aeskey rsakey jwtkey consumerkey subscriptionkey writekey integrationkey passkey'.split(
    ' ',
  ),
);

/** A name that ends so tells of the secret, not what it is. */
const TELLS_OF = new Set(
  'id ids name names type types kind count counts counter url urls uri uris endpoint endpoints host path paths file files filename filepath dir folder length len size bits max min limit limits budget usage used total totals cost costs expires expire expiry expiration expired ttl age lifetime at date time timestamp timeout issued created updated present enabled disabled required attached allowed valid invalid exists missing found is has needed reset forgot forgotten change changed hint label labels field fields input form page view screen dialog modal prompt policy policies rule rules strength validator validation validate schema format pattern regex generator generate generation manager provider providers service handler handlers store storage source header headers prefix suffix scope scopes audience issuer algorithm alg algo method mode status state error errors message messages version index position offset rate price ratio window stream encoding class func function callback param params parameter parameters arg args option options config configuration settings selector alias arn row column table model list set map bucket check checker checks verification verify verified match matches mismatch required requirement requirements rotation rotate reuse stdin owner location region group middleware guard module plugin bits board boards code codes frame ring pair pairs stroke word words down up press pressed event events vault usage verifier factory resolver parser reader writer builder client server agent session hash algorithm display placeholder title description text help info doc docs test tests spec flow grant mechanism chooser helper util utils cache registry endpoint template callback redirect domain realm tag tags fingerprint thumbprint bucket bound boundary splitter counter counting id2 embedding embeddings stem level levels ref reference references signer'.split(
    ' ',
  ),
);
/** Words behind the noun that do not change what it is. */
const NEUTRAL = new Set(
  'string str value val confirmation confirm confirmed again repeat prod production dev development test testing staging stage live default new old raw plain plaintext cleartext text base64 b64 encoded encrypted env primary secondary main temp tmp real actual current sandbox local global key1 key2 a b c x y data bytes bin hex json yaml pem p8 p12'.split(
    ' ',
  ),
);

const KINDS_MAX = 4096;
const kinds = new Map<string, KeyKindValue>();

/** What a key of this kind says of the values further in, whose own keys say nothing. */
export function inheritedKind(outer: KeyKindValue): KeyKindValue {
  if (outer === KeyKind.MANIFEST) return outer;
  return outer >= KeyKind.STRONG ? KeyKind.INHERITED : KeyKind.NONE;
}

/** What the name says of its value. Pure; remembered for names that come again. */
export function keyKind(name: string): KeyKindValue {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  const kind = classify(splitWords(name), name);
  if (kinds.size >= KINDS_MAX) kinds.clear();
  kinds.set(name, kind);
  return kind;
}

/** Lower-case words of a name; digits are dropped, they only number. */
function splitWords(name: string): string[] {
  return name
    .split(/[^A-Za-z]+/)
    .flatMap((run) => (ONE_WORD.has(run.toLowerCase()) ? [run] : wordsOfRun(run)))
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');
}

/** The words of a name in camel case. */
function wordsOfRun(run: string): string[] {
  return run
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ');
}

function classify(words: readonly string[], name: string): KeyKindValue {
  const joined = words.join('');
  if (COOKIES.has(joined) || joined.endsWith('cookie') || joined.endsWith('cookies')) return KeyKind.COOKIE;
  const isHeader = words.at(-1) === 'header' && words.length > 1;
  if (HEADERS.has(words.at(isHeader ? -2 : -1) ?? '')) return KeyKind.AUTHORIZATION;
  for (let last = words.length - 1; last >= 0; last--) {
    const kind = nounKind(words, last, name);
    if (kind !== KeyKind.NONE) return last === words.length - 1 || behindIsNeutral(words, last) ? kind : KeyKind.WEAK;
    if (last === words.length - 1 && TELLS_OF.has(words[last]!)) return KeyKind.NONE;
  }
  return KeyKind.NONE;
}

function behindIsNeutral(words: readonly string[], noun: number): boolean {
  return words.slice(noun + 1).every((word) => NEUTRAL.has(word));
}

function nounKind(words: readonly string[], at: number, name: string): KeyKindValue {
  const word = words[at]!;
  if (PASSWORDS.includes(word) || CONCATENATED_PASSWORDS.some((noun) => word.endsWith(noun))) return KeyKind.PASSWORD;
  if (word === 'token' || word === 'secret') return ownerOf(words, at) === 'public' ? KeyKind.NONE : KeyKind.STRONG;
  if (SECRETS.includes(word) || KEY_CONCATENATED.has(word)) return KeyKind.STRONG;
  if (CONCATENATED.some((noun) => word.endsWith(noun))) return KeyKind.STRONG;
  if (ownerOf(words, at) === 'pass' && ['word', 'phrase', 'code', 'wd'].includes(word)) return KeyKind.PASSWORD;
  if (word === 'key' || word === 'keys') return kindOfKey(words, at, name);
  if (WEAK.has(word)) return KeyKind.WEAK;
  return KeyKind.NONE;
}

function ownerOf(words: readonly string[], at: number): string {
  return words[at - 1] ?? '';
}

function kindOfKey(words: readonly string[], at: number, name: string): KeyKindValue {
  const owner = ownerOf(words, at);
  if (KEY_NON_OWNERS.has(owner)) return KeyKind.NONE;
  if (KEY_OWNERS.has(owner) || isCapitalized(name, at)) return KeyKind.STRONG;
  return KeyKind.WEAK;
}

/** Whether `<word> key` is a secret's name in prose: `fernet key`, `access key`, not `cache key`. */
export function ownsKeys(word: string): boolean {
  return KEY_OWNERS.has(word.toLowerCase());
}

/** `SOMETHING_KEY`: the name of an environment variable. */
function isCapitalized(name: string, at: number): boolean {
  return at > 0 && /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(name);
}
